using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>Questions about topics that are not being read, by a consumer that gets no message and is closed again.</summary>
internal sealed class PulsarTopics(PulsarSourceLogOptions options, PulsarConnections connections)
{
    private readonly string _name = $"{options.Subscription}-probe-{Guid.NewGuid():N}"[..(options.Subscription.Length + 15)];
    private long _consumers;

    /// <summary>A number for a consumer; no two of a log are the same, on whatever connection.</summary>
    public ulong NextConsumer() => (ulong)Interlocked.Increment(ref _consumers) - 1;

    /// <summary>Makes sure that the channel's topic can be one of Milvus's. Throws <see cref="PulsarRefusedException"/> when it is missing, <see cref="SourceLogException"/> when it is partitioned.</summary>
    public async Task CheckAsync(string channel, CancellationToken cancellation)
    {
        PulsarConnection service = await connections.ServiceAsync(cancellation);
        ulong request = service.NextRequest();
        string what = $"looking for channel '{channel}'";
        BaseCommand question = new()
        {
            Type = CommandType.PartitionedMetadata,
            PartitionMetadata = new CommandPartitionedTopicMetadata { Topic = options.TopicOf(channel), RequestId = request },
        };
        CommandPartitionedTopicMetadataResponse? answer = (await service.AskAsync(question, request, what, cancellation)).PartitionMetadataResponse;
        if (answer?.Response == CommandPartitionedTopicMetadataResponse.Types.LookupType.Failed)
        {
            throw new PulsarRefusedException(answer.Error, answer.Message, what);
        }

        if (answer?.Partitions > 0)
        {
            throw new SourceLogException($"channel '{channel}': the topic '{options.TopicOf(channel)}' has {answer.Partitions} partitions; the topics of a Milvus have none");
        }
    }

    /// <summary>A consumer at the beginning of a topic, subscribed. Throws <see cref="SourceLogException"/>.</summary>
    public async Task<T> WithProbeAsync<T>(string channel, Func<PulsarConsumer, Task<T>> ask, CancellationToken cancellation)
    {
        PulsarConnection broker = await connections.FindAsync(options.TopicOf(channel), cancellation);
        PulsarConsumer probe = new(broker, options.TopicOf(channel), NextConsumer(), channel);
        try
        {
            await probe.SubscribeAsync($"{_name}-{probe.Id}", durable: false, PulsarMessageId.Earliest, cancellation);
            return await ask(probe);
        }
        finally
        {
            await probe.CloseAsync(CancellationToken.None);
        }
    }

    /// <summary>The ends of a topic, or null when it does not exist. Throws <see cref="SourceLogException"/>.</summary>
    public async Task<TopicEnds?> EndsAsync(string channel, CancellationToken cancellation)
    {
        try
        {
            await CheckAsync(channel, cancellation);
            return await WithProbeAsync<TopicEnds?>(channel, async probe => await probe.EndsAsync(cancellation), cancellation);
        }
        catch (PulsarRefusedException refused) when (refused.IsMissingTopic)
        {
            return null;
        }
    }

    /// <summary>What a person and the engine are told: an empty topic begins and ends before everything.</summary>
    public static LogBounds Bounds(TopicEnds ends) => ends.IsEmpty
        ? new LogBounds(PulsarMessageId.Earliest, PulsarMessageId.Earliest)
        : new LogBounds(ends.First ?? PulsarMessageId.Earliest, PulsarMessageId.After(ends.Last));
}
