using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;
using InitialPosition = MilvusCdc.Protocol.Pulsar.Wire.CommandSubscribe.Types.InitialPosition;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>What a broker says of a topic's ends: the last message (ledger −1: there is none), and the entry that this consumer gets first (null: an old broker, which does not tell).</summary>
internal readonly record struct TopicEnds(LogPosition Last, LogPosition? First)
{
    public bool IsEmpty => Last.Entry < 0;
}

/// <summary>The commands of one consumer on one connection.</summary>
internal sealed class PulsarConsumer(PulsarConnection connection, string topic, ulong id, string channel)
{
    public PulsarConnection Connection => connection;

    public ulong Id => id;

    /// <summary>Begins a subscription of this reader alone. <paramref name="start"/>: the entry to begin at (durable subscriptions have a place of their own). Throws <see cref="SourceLogException"/>.</summary>
    public Task SubscribeAsync(string subscription, bool durable, LogPosition start, CancellationToken cancellation)
    {
        ulong request = connection.NextRequest();
        CommandSubscribe subscribe = new()
        {
            Topic = topic,
            Subscription = subscription,
            SubType = CommandSubscribe.Types.SubType.Exclusive,
            ConsumerId = id,
            RequestId = request,
            ConsumerName = subscription,
            Durable = durable,
            InitialPosition = durable ? InitialPosition.Earliest : InitialPosition.Latest,
        };
        if (!durable)
        {
            subscribe.StartMessageId = PulsarMessageId.ToData(start);
        }

        return connection.AskAsync(new BaseCommand { Type = CommandType.Subscribe, Subscribe = subscribe }, request, $"subscribing to channel '{channel}'", cancellation);
    }

    /// <summary>The topic's ends as they are now.</summary>
    public async Task<TopicEnds> EndsAsync(CancellationToken cancellation)
    {
        ulong request = connection.NextRequest();
        BaseCommand question = new() { Type = CommandType.GetLastMessageId, GetLastMessageId = new CommandGetLastMessageId { ConsumerId = id, RequestId = request } };
        CommandGetLastMessageIdResponse answer = (await connection.AskAsync(question, request, $"asking for the end of channel '{channel}'", cancellation)).GetLastMessageIdResponse
            ?? throw new SourceLogException($"channel '{channel}': Pulsar does not tell where it ends");
        return new TopicEnds(
            PulsarMessageId.Of(answer.LastMessageId),
            answer.ConsumerMarkDeletePosition is { } done ? new LogPosition((long)done.LedgerId, (long)done.EntryId + 1) : null);
    }

    /// <summary>Moves the subscription; the broker closes the consumer. One of the two is given.</summary>
    public Task SeekAsync(LogPosition? to, DateTimeOffset? time, CancellationToken cancellation)
    {
        ulong request = connection.NextRequest();
        CommandSeek seek = new() { ConsumerId = id, RequestId = request };
        if (to is { } position)
        {
            seek.MessageId = PulsarMessageId.ToData(position);
        }
        else
        {
            seek.MessagePublishTime = (ulong)Math.Max(0, time!.Value.ToUnixTimeMilliseconds());
        }

        return connection.AskAsync(new BaseCommand { Type = CommandType.Seek, Seek = seek }, request, $"seeking in channel '{channel}'", cancellation);
    }

    public void Flow(int permits) =>
        connection.Send(new BaseCommand { Type = CommandType.Flow, Flow = new CommandFlow { ConsumerId = id, MessagePermits = (uint)permits } });

    public void Acknowledge(LogPosition upTo) => connection.Send(new BaseCommand
    {
        Type = CommandType.Ack,
        Ack = new CommandAck { ConsumerId = id, AckType = CommandAck.Types.AckType.Cumulative, MessageId = { PulsarMessageId.ToData(upTo) } },
    });

    /// <summary>Removes the subscription from the broker.</summary>
    public Task UnsubscribeAsync(CancellationToken cancellation)
    {
        ulong request = connection.NextRequest();
        return connection.AskAsync(
            new BaseCommand { Type = CommandType.Unsubscribe, Unsubscribe = new CommandUnsubscribe { ConsumerId = id, RequestId = request } },
            request, $"removing the subscription of channel '{channel}'", cancellation);
    }

    /// <summary>Ends the consumer. That the connection breaks meanwhile is no fault: then it has ended too.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        ulong request = connection.NextRequest();
        try
        {
            await connection.AskAsync(
                new BaseCommand { Type = CommandType.CloseConsumer, CloseConsumer = new CommandCloseConsumer { ConsumerId = id, RequestId = request } },
                request, $"closing channel '{channel}'", cancellation);
        }
        catch (SourceLogException)
        {
            // Gone with its connection, or soon: the broker forgets it either way.
        }
    }
}
