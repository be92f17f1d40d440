using System.Buffers;
using System.Text;
using Google.Protobuf;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Api.Compatible;

/// <summary>Reads the start positions of a <c>create</c> request.</summary>
internal static class StatedPosition
{
    private static readonly SearchValues<char> Base64Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    /// <summary>Checks that all channels are shards of one collection and all positions readable. Throws <see cref="CdcRequestException"/>.</summary>
    public static void Check(IEnumerable<KeyValuePair<string, string>> positions)
    {
        long? collection = null;
        foreach ((string channel, string position) in positions)
        {
            VirtualChannel shard = VirtualChannel.Parse(channel) ?? throw NoShard(channel);
            Decode(position, "position");
            if (collection is { } first && first != shard.CollectionId)
            {
                throw CdcRequestException.Client("the channel position info should be in the same collection");
            }

            collection = shard.CollectionId;
        }
    }

    /// <summary>Reads base64 of a MsgPosition; line breaks inside are allowed.</summary>
    /// <param name="position">The text; empty: an empty position.</param>
    /// <param name="what">As the message calls it.</param>
    public static MsgPosition Decode(string position, string what)
    {
        string text = position.ReplaceLineEndings("");
        Span<byte> bytes = new byte[text.Length];
        if (text.Any(char.IsWhiteSpace) || !Convert.TryFromBase64String(text, bytes, out int length))
        {
            throw CdcRequestException.Server($"fail to decode the {what} data: illegal base64 data at input byte {FirstBad(text)}");
        }

        try
        {
            return MsgPosition.Parser.ParseFrom(bytes[..length]);
        }
        catch (InvalidProtocolBufferException)
        {
            throw CdcRequestException.Server($"fail to decode the {what} data: proto: cannot parse invalid wire-format data");
        }
    }

    private static int FirstBad(string text)
    {
        int bad = text.AsSpan().IndexOfAnyExcept(Base64Letters);
        return bad < 0 || text[bad] is '=' ? Encoding.UTF8.GetByteCount(text) / 4 * 4 : Encoding.UTF8.GetByteCount(text.AsSpan(0, bad));
    }

    private static CdcRequestException NoShard(string channel)
    {
        int underscore = channel.LastIndexOf('_');
        int v = channel.IndexOf('v', underscore + 1);
        return VirtualChannel.HasForm(channel)
            ? CdcRequestException.Client($"the vchannel is invalid, {channel}, err: strconv.ParseInt: parsing \"{channel[(underscore + 1)..v]}\": value out of range")
            : CdcRequestException.Client($"the vchannel is invalid, {channel}, err: virtual channel name({channel}) is not valid: invalid parameter");
    }
}
