using Google.Protobuf;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Source.Metadata;

/// <summary>A protobuf message written field by field; what is 0 or empty is left out.</summary>
internal sealed class Wire
{
    private const uint Varint = 0;
    private const uint Lengthy = 2;
    private readonly MemoryStream _bytes = new();
    private readonly CodedOutputStream _output;

    private Wire() => _output = new CodedOutputStream(_bytes);

    public static byte[] Message(Action<Wire> write)
    {
        Wire wire = new();
        write(wire);
        wire._output.Flush();
        return wire._bytes.ToArray();
    }

    public void Number(uint field, long value)
    {
        if (value != 0)
        {
            _output.WriteTag((field << 3) | Varint);
            _output.WriteInt64(value);
        }
    }

    public void Text(uint field, string value)
    {
        if (value.Length > 0)
        {
            Bytes(field, System.Text.Encoding.UTF8.GetBytes(value));
        }
    }

    public void Bytes(uint field, byte[] value)
    {
        _output.WriteTag((field << 3) | Lengthy);
        _output.WriteBytes(ByteString.CopyFrom(value));
    }

    public void Pairs(uint field, IEnumerable<KeyValuePair> pairs)
    {
        foreach (KeyValuePair pair in pairs)
        {
            Bytes(field, pair.ToByteArray());
        }
    }
}
