using Google.Protobuf;

namespace MilvusCdc.Protocol.Etcd;

/// <summary>Keys and ranges of keys as etcd wants them.</summary>
internal static class EtcdKeys
{
    private static readonly ByteString Zero = ByteString.CopyFrom(0);

    /// <summary>The first key of a prefix; the empty prefix begins at the byte 0, since etcd has no empty key.</summary>
    public static ByteString First(string prefix) => prefix.Length == 0 ? Zero : ByteString.CopyFromUtf8(prefix);

    /// <summary>The key after the last one of a prefix; the byte 0 means: to the end.</summary>
    public static ByteString End(string prefix)
    {
        byte[] bytes = ByteString.CopyFromUtf8(prefix).ToByteArray();
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            if (bytes[i] < 0xff)
            {
                bytes[i]++;
                return ByteString.CopyFrom(bytes, 0, i + 1);
            }
        }

        return Zero;
    }

    /// <summary>The smallest key after this one.</summary>
    public static ByteString After(ByteString key)
    {
        byte[] next = new byte[key.Length + 1];
        key.CopyTo(next, 0);
        return ByteString.CopyFrom(next);
    }

    /// <summary>The smallest range that covers all prefixes.</summary>
    public static (ByteString First, ByteString End) Cover(IReadOnlyList<string> prefixes)
    {
        ByteString first = First(prefixes[0]);
        ByteString end = End(prefixes[0]);
        foreach (string prefix in prefixes)
        {
            ByteString begins = First(prefix);
            ByteString ends = End(prefix);
            first = begins.Span.SequenceCompareTo(first.Span) < 0 ? begins : first;
            bool toTheEnd = end.Equals(Zero) || ends.Equals(Zero);
            end = toTheEnd ? Zero : ends.Span.SequenceCompareTo(end.Span) > 0 ? ends : end;
        }

        return (first, end);
    }
}
