using System.Buffers;
using MilvusCdc.Core.Target;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.Tests.DeadLetters;

/// <summary>One tick window of a target's channel: it refuses what it is told to, drops what it has seen by msgID, and keeps the rest. Its connection can break at the n-th message.</summary>
internal sealed class FakeTarget
{
    private readonly Dictionary<long, InsertRequest> _seen = [];

    public Func<ReadOnlySequence<byte>, InsertRequest, MilvusException?> Verdict { get; set; } = static (_, _) => null;

    /// <summary>The connection breaks instead of this message, counted from 0; null: it never does.</summary>
    public int? BreaksAt { get; set; }

    public int Sent { get; private set; }

    /// <summary>The rows that a tick would show.</summary>
    public IEnumerable<long> RowIds => _seen.Values.SelectMany(static insert => insert.RowIDs);

    public static MilvusException Refusal { get; } = new("ReplicateMessage", 1901, ErrorCode.UnexpectedError, "invalid replicate msg bytes");

    public static MilvusException TooLarge { get; } = new("ReplicateMessage", 65535, ErrorCode.UnexpectedError, "Broker: Message size too large");

    /// <summary>A lane of a new run.</summary>
    public ChannelLane Connect()
    {
        ChannelLane lane = null!;
        lane = new ChannelLane(
            () =>
            {
                foreach (PackElement element in lane.Take(new PackOptions()))
                {
                    Take(element);
                }

                lane.EndCall();
            },
            static () => { },
            static () => null,
            static (_, _) => Task.CompletedTask);
        Sent = 0;
        return lane;
    }

    private void Take(PackElement element)
    {
        if (Sent++ == BreaksAt)
        {
            element.Fail(new GrpcException(GrpcStatus.Unavailable, "the process died here"));
            return;
        }

        InsertRequest insert = InsertRequest.Parser.ParseFrom(element.Bytes);
        if (Verdict(element.Bytes, insert) is { } refusal)
        {
            element.Fail(RefusedMessageException.Of(refusal)!);
            return;
        }

        Assert.Null(EnvelopeCheck.Verify(Envelope.Scan(element.Bytes.ToArray())));
        _seen.TryAdd(insert.Base.MsgID, insert);
        element.Acknowledge();
    }
}
