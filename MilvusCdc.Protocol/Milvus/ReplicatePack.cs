using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Protocol.Buffers;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Protocol.Milvus;

/// <summary>
/// One ReplicateMessage call: messages for one target channel, as their serialized bytes in pieces. Milvus takes at most 64 MiB a call. The pieces must stay unchanged until the call has ended.
/// </summary>
public sealed class ReplicatePack
{
    private const int ChannelField = 2;
    private const int BeginField = 3;
    private const int EndField = 4;
    private const int MessagesField = 5;
    private const int StartPositionsField = 6;
    private const int EndPositionsField = 7;

    /// <summary>base, field 1: type Replicate, and replicateInfo.isReplicate.</summary>
    private static readonly byte[] Base = new Api.ReplicateMessageRequest
    {
        Base = new MsgBase { MsgType = MsgType.Replicate, ReplicateInfo = new ReplicateInfo { IsReplicate = true } },
    }.ToByteArray();

    /// <summary>The target's physical channel.</summary>
    public required string Channel { get; init; }

    /// <summary>The smallest timestamp of the messages.</summary>
    public ulong BeginTimestamp { get; init; }

    /// <summary>The largest timestamp of the messages.</summary>
    public ulong EndTimestamp { get; init; }

    /// <summary>The messages, in order.</summary>
    public required IReadOnlyList<ReadOnlySequence<byte>> Messages { get; init; }

    /// <summary>Where the source had the messages; Milvus does not look at them.</summary>
    public IReadOnlyList<MsgPosition>? StartPositions { get; init; }

    /// <summary>Where the source went on after the messages; Milvus does not look at them.</summary>
    public IReadOnlyList<MsgPosition>? EndPositions { get; init; }

    /// <summary>The request's bytes (<c>ReplicateMessageRequest</c>): the messages' pieces by reference between small heads of our own.</summary>
    public ReadOnlySequence<byte> ToSequence()
    {
        GatherList request = new();
        request.Add(Base);
        request.Add(Head());
        foreach (ReadOnlySequence<byte> message in Messages)
        {
            request.Add(MessageHead(message.Length));
            request.Add(message);
        }

        if (StartPositions is not null || EndPositions is not null)
        {
            request.Add(Positions());
        }

        return request.ToSequence();
    }

    private byte[] Head()
    {
        using MemoryStream bytes = new(Channel.Length + 32);
        using (CodedOutputStream output = new(bytes, leaveOpen: true))
        {
            if (Channel.Length > 0)
            {
                output.WriteTag(ChannelField, WireFormat.WireType.LengthDelimited);
                output.WriteString(Channel);
            }

            if (BeginTimestamp != 0)
            {
                output.WriteTag(BeginField, WireFormat.WireType.Varint);
                output.WriteUInt64(BeginTimestamp);
            }

            if (EndTimestamp != 0)
            {
                output.WriteTag(EndField, WireFormat.WireType.Varint);
                output.WriteUInt64(EndTimestamp);
            }
        }

        return bytes.ToArray();
    }

    private static byte[] MessageHead(long length)
    {
        int size = checked((int)length);
        byte[] head = new byte[1 + CodedOutputStream.ComputeLengthSize(size)];
        using CodedOutputStream output = new(head);
        output.WriteTag(MessagesField, WireFormat.WireType.LengthDelimited);
        output.WriteLength(size);
        output.Flush();
        return head;
    }

    private byte[] Positions()
    {
        using MemoryStream bytes = new();
        using (CodedOutputStream output = new(bytes, leaveOpen: true))
        {
            foreach (MsgPosition position in StartPositions ?? [])
            {
                output.WriteTag(StartPositionsField, WireFormat.WireType.LengthDelimited);
                output.WriteMessage(position);
            }

            foreach (MsgPosition position in EndPositions ?? [])
            {
                output.WriteTag(EndPositionsField, WireFormat.WireType.LengthDelimited);
                output.WriteMessage(position);
            }
        }

        return bytes.ToArray();
    }
}
