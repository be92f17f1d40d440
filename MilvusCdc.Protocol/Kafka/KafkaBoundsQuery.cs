using Confluent.Kafka;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Asks the brokers what they hold of a channel, over connections of its own: a question never waits behind a Fetch, and never holds reading up.</summary>
internal sealed class KafkaBoundsQuery : IAsyncDisposable
{
    private const int AtOnce = 4;

    /// <summary>The time that Kafka's ListOffsets understands as the end of the log; one less is its start.</summary>
    public static readonly Timestamp Latest = new(-1, TimestampType.CreateTime);
    private static readonly Timestamp Earliest = new(-2, TimestampType.CreateTime);

    // librdkafka answers from its cache for 100 ms that a topic is missing.
    private static readonly TimeSpan MissingRemembered = TimeSpan.FromMilliseconds(120);

    private static readonly TimeSpan FirstPatience = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly KafkaSourceLogOptions _options;
    private readonly IConsumer<Ignore, Ignore> _handle;
    private readonly SemaphoreSlim _slots = new(AtOnce, AtOnce);
    private volatile string? _lastReason;

    public KafkaBoundsQuery(KafkaSourceLogOptions options, TimeProvider time, Action<Confluent.Kafka.LogMessage> log)
    {
        _time = time;
        _options = options;
        _handle = KafkaClient.Build<Ignore>(KafkaSettings.ForQuestions(options), options, NoteError, log);
    }

    /// <summary>Null when the channel does not exist. Throws <see cref="SourceLogException"/> when the brokers do not answer in time or refuse.</summary>
    public async Task<LogBounds?> QueryAsync(string channel, TimeSpan timeout, CancellationToken cancellation)
    {
        if (await AskAsync(channel, timeout, cancellation) is { } bounds)
        {
            return bounds;
        }

        // It may have been made since librdkafka heard that it is missing.
        await Task.Delay(MissingRemembered, _time, cancellation);
        return await AskAsync(channel, timeout, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        // A question that its asker gave up still uses the handle.
        for (int i = 0; i < AtOnce; i++)
        {
            await _slots.WaitAsync();
        }

        await KafkaClient.EndAsync(_handle, _time);
    }

    private async Task<LogBounds?> AskAsync(string channel, TimeSpan timeout, CancellationToken cancellation)
    {
        // The time also runs while earlier questions hold all slots.
        using CancellationTokenSource patience = new(timeout, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await _slots.WaitAsync(both.Token);
            Task<LogBounds?> query = Task.Run(() => Query(channel, timeout), CancellationToken.None);
            _ = query.ContinueWith(
                asked =>
                {
                    // One that nobody waits for any more may fail unseen.
                    _ = asked.Exception;
                    _slots.Release();
                },
                TaskScheduler.Default);
            return await query.WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw NoAnswer(channel, timeout, _lastReason ?? "no answer", null);
        }
    }

    private LogBounds? Query(string channel, TimeSpan timeout)
    {
        try
        {
            LogBounds bounds = new(Offset(channel, Earliest, timeout), Offset(channel, Latest, timeout));
            _lastReason = null;
            return bounds;
        }
        catch (KafkaException failed) when (KafkaFaults.Classify(failed.Error) == KafkaFault.NoTopic)
        {
            return null;
        }
        catch (KafkaException failed)
        {
            // Errors of the connection, such as a wrong password, are told only to one who polls.
            Listen();
            throw NoAnswer(channel, timeout, _lastReason ?? failed.Error.Reason, failed);
        }
    }

    // Not QueryWatermarkOffsets: in librdkafka 2.0.2 it ignores its timeout when the connection breaks, and blocks until the broker is back.
    private LogPosition Offset(string channel, Timestamp time, TimeSpan timeout)
    {
        long started = _time.GetTimestamp();
        TopicPartitionTimestamp[] asked = [new(channel, 0, time)];
        for (TimeSpan patience = FirstPatience; ; patience *= 2)
        {
            TimeSpan left = timeout - _time.GetElapsedTime(started);
            try
            {
                return LogPosition.Kafka(_handle.OffsetsForTimes(asked, patience < left ? patience : left)[0].Offset.Value);
            }
            catch (TopicPartitionOffsetException failed)
            {
                throw new KafkaException(failed.Results[0].Error);
            }
            catch (KafkaException failed) when (failed.Error.Code == ErrorCode.Local_TimedOut && patience < left)
            {
                // Asked again: a question asked before the first connection stands is not sent when it does.
            }
        }
    }

    private SourceLogException NoAnswer(string channel, TimeSpan timeout, string reason, Exception? inner)
        => new($"Kafka at {_options.BootstrapServers} did not tell the bounds of channel '{channel}' within {timeout.TotalSeconds:0.#} s: {KafkaSettings.WithoutSecrets(reason, _options)}", inner);

    private void Listen()
    {
        try
        {
            _handle.Consume(TimeSpan.Zero);
        }
        catch (ConsumeException failed)
        {
            NoteError(failed.Error);
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
