using Google.Protobuf;

namespace MilvusCdc.Protocol.Tests.Messages;

/// <summary>One field as it stands in the bytes, tag included.</summary>
internal sealed record WireField(int Number, byte[] Raw, byte[] Payload)
{
    public override string ToString() => $"{Number}:{Convert.ToHexString(Raw)}";
}

/// <summary>Takes messages apart into raw fields with Google's reader: a second opinion on what the patcher changed.</summary>
internal static class WireFields
{
    public static List<WireField> Split(byte[] message)
    {
        List<WireField> fields = [];
        CodedInputStream input = new(message);
        while (input.Position < message.Length)
        {
            int start = (int)input.Position;
            uint tag = input.ReadTag();
            byte[] payload = [];
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited:
                    payload = input.ReadBytes().ToByteArray();
                    break;
                case WireFormat.WireType.Varint:
                    input.ReadUInt64();
                    break;
                case WireFormat.WireType.Fixed32:
                    input.ReadFixed32();
                    break;
                default:
                    input.ReadFixed64();
                    break;
            }

            fields.Add(new WireField(WireFormat.GetTagFieldNumber(tag), message[start..(int)input.Position], payload));
        }

        return fields;
    }

    public static byte[] Join(IEnumerable<WireField> fields) => fields.SelectMany(field => field.Raw).ToArray();

    public static WireField Number(int number, ulong value)
    {
        using MemoryStream raw = new();
        using (CodedOutputStream output = new(raw, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.Varint);
            output.WriteUInt64(value);
        }

        return new WireField(number, raw.ToArray(), []);
    }

    public static WireField Bytes(int number, byte[] payload)
    {
        using MemoryStream raw = new();
        using (CodedOutputStream output = new(raw, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(payload));
        }

        return new WireField(number, raw.ToArray(), payload);
    }

    public static WireField Fixed32(int number, uint value)
    {
        using MemoryStream raw = new();
        using (CodedOutputStream output = new(raw, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.Fixed32);
            output.WriteFixed32(value);
        }

        return new WireField(number, raw.ToArray(), []);
    }
}
