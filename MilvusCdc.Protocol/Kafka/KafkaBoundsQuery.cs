using Confluent.Kafka;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Asks the brokers what they hold of a channel, over connections of its own: a question never waits behind a Fetch, and never holds reading up.</summary>
internal sealed class KafkaBoundsQuery : IAsyncDisposable
{
    /// <summary>The time that Kafka's ListOffsets understands as the end of the log; one less is its start.</summary>
    public static readonly Timestamp Latest = new(-1, TimestampType.CreateTime);

    private const int AtOnce = 4;
    private static readonly Timestamp Earliest = new(-2, TimestampType.CreateTime);

    // librdkafka answers from its cache for 100 ms that a topic is missing.
    private static readonly TimeSpan MissingRemembered = TimeSpan.FromMilliseconds(120);

    // A question asked before the first connection stands is not sent when it does: it is asked again, with growing patience.
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

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
        // The time also runs while earlier questions hold all slots.
        using CancellationTokenSource late = new(timeout, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        KafkaException? last = null;
        try
        {
            bool askedTwice = false;
            for (TimeSpan patience = FirstPatience; ; patience = patience * 2 < timeout ? patience * 2 : timeout)
            {
                try
                {
                    LogBounds? bounds = await AskAsync(channel, patience, both.Token);
                    if (bounds is not null || askedTwice)
                    {
                        return bounds;
                    }

                    // It may have been made since librdkafka heard that it is missing.
                    askedTwice = true;
                    await Task.Delay(MissingRemembered, _time, both.Token);
                }
                catch (KafkaException failed) when (failed.Error.Code is ErrorCode.Local_TimedOut or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Transport)
                {
                    last = failed;
                    await Task.Delay(Pause, _time, both.Token);
                }
            }
        }
        catch (KafkaException failed)
        {
            throw NoAnswer(channel, timeout, failed);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw NoAnswer(channel, timeout, last);
        }
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
        await _slots.WaitAsync(cancellation);
        Task<LogBounds?> query = Task.Run(() => Ask(channel, timeout), CancellationToken.None);
        _ = query.ContinueWith(
            asked =>
            {
                // One that nobody waits for any more may fail unseen.
                _ = asked.Exception;
                _slots.Release();
            },
            TaskScheduler.Default);
        return await query.WaitAsync(cancellation);
    }

    private LogBounds? Ask(string channel, TimeSpan timeout)
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
        catch (KafkaException)
        {
            Listen();
            throw;
        }
    }

    // Not QueryWatermarkOffsets: in librdkafka 2.0.2 it ignores its timeout when the connection breaks, and blocks until the broker is back.
    private LogPosition Offset(string channel, Timestamp time, TimeSpan timeout)
    {
        try
        {
            return LogPosition.Kafka(_handle.OffsetsForTimes([new TopicPartitionTimestamp(channel, 0, time)], timeout)[0].Offset.Value);
        }
        catch (TopicPartitionOffsetException failed)
        {
            throw new KafkaException(failed.Results[0].Error);
        }
    }

    private SourceLogException NoAnswer(string channel, TimeSpan timeout, KafkaException? failed)
    {
        string reason = KafkaSettings.WithoutSecrets(_lastReason ?? failed?.Error.Reason ?? "no answer", _options);
        return new SourceLogException($"Kafka at {_options.BootstrapServers} did not tell the bounds of channel '{channel}' within {timeout.TotalSeconds:0.#} s: {reason}", failed, SourceLogFault.Unreachable);
    }

    // Errors of the connection, such as a wrong password, are told only to one who polls.
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
