using Confluent.Kafka;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Asks the brokers what they hold of a channel, over connections of its own: a question never waits behind a Fetch, and never holds reading up.</summary>
internal sealed class KafkaBoundsQuery : IAsyncDisposable
{
    private const int AtOnce = 4;
    private readonly KafkaSourceLogOptions _options;
    private readonly IConsumer<Ignore, Ignore> _handle;
    private readonly SemaphoreSlim _slots = new(AtOnce, AtOnce);
    private volatile string? _lastReason;

    public KafkaBoundsQuery(KafkaSourceLogOptions options, Action<Confluent.Kafka.LogMessage> log)
    {
        _options = options;
        _handle = KafkaClient.Build<Ignore>(KafkaSettings.ForQuestions(options), options, NoteError, log);
    }

    /// <summary>Null when the channel does not exist. Throws <see cref="SourceLogException"/> when the brokers do not answer in time or refuse.</summary>
    public async Task<LogBounds?> QueryAsync(string channel, TimeSpan timeout, CancellationToken cancellation)
    {
        await _slots.WaitAsync(cancellation);
        Task<LogBounds?> query = Task.Run(() => Query(channel, timeout), CancellationToken.None);
        _ = query.ContinueWith(_ => _slots.Release(), TaskScheduler.Default);
        return await query.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        // A question that its asker gave up still uses the handle.
        for (int i = 0; i < AtOnce; i++)
        {
            await _slots.WaitAsync();
        }

        await Task.Run(_handle.Dispose);
    }

    private LogBounds? Query(string channel, TimeSpan timeout)
    {
        try
        {
            WatermarkOffsets bounds = _handle.QueryWatermarkOffsets(new TopicPartition(channel, 0), timeout);
            _lastReason = null;
            return new LogBounds(LogPosition.Kafka(bounds.Low.Value), LogPosition.Kafka(bounds.High.Value));
        }
        catch (KafkaException failed) when (KafkaFaults.Classify(failed.Error) == KafkaFault.NoTopic)
        {
            return null;
        }
        catch (KafkaException failed)
        {
            // Errors of the connection, such as a wrong password, are told only to one who polls.
            _handle.Consume(TimeSpan.Zero);
            string reason = KafkaSettings.WithoutSecrets(_lastReason ?? failed.Error.Reason, _options);
            throw new SourceLogException($"Kafka at {_options.BootstrapServers} did not tell the bounds of channel '{channel}' within {timeout.TotalSeconds:0.#} s: {reason}", failed);
        }
    }

    private void NoteError(Error error)
    {
        // That all are down says less than why the last one was.
        if (KafkaFaults.Classify(error) != KafkaFault.AllDown || _lastReason is null)
        {
            _lastReason = error.Reason;
        }
    }
}
