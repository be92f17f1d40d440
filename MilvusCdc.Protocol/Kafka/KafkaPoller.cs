using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Logs;
using LogMessage = MilvusCdc.Protocol.Logs.LogMessage;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>The thread that takes messages out of librdkafka, checks that no offset is missing, and queues them; and the assignment it reads.</summary>
internal sealed partial class KafkaPoller : IAsyncDisposable
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(100);

    private const int LearnAttempts = 5;
    private static readonly TimeSpan LearnPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LearnWithin = TimeSpan.FromMilliseconds(200);

    private readonly KafkaSourceLogOptions _options;
    private readonly ConcurrentDictionary<string, OpenChannel> _channels;
    private readonly KafkaQueue _queue;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _assigning = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _polling;
    private readonly SemaphoreSlim _learning = new(1, 1);
    private readonly FetchNudge _nudge;
    private long _round;
    private long _lastTaken;
    private int _alarm;
    private int _doubt;

    public KafkaPoller(
        KafkaSourceLogOptions options, ConcurrentDictionary<string, OpenChannel> channels, KafkaQueue queue, TimeProvider time, Action<Confluent.Kafka.LogMessage> libraryLog, ILogger log)
    {
        _options = options;
        _channels = channels;
        _queue = queue;
        _time = time;
        _log = log;

        // One half of what may be read ahead lies in librdkafka's queue, the other in ours.
        _consumer = KafkaClient.Build<byte[]>(KafkaSettings.ForReading(options, options.QueueBytes / 2), options, OnError, libraryLog);
        IEnumerable<TopicPartition> Flowing() => _channels.Values.Where(each => each.Phase == ChannelPhase.Flowing).Select(each => each.Partition);
        _nudge = new FetchNudge(_consumer, Flowing, options.QueueBytes / 8);
        _polling = Task.Factory.StartNew(Poll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>When the last message came (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long LastTaken => Interlocked.Read(ref _lastTaken);

    /// <summary>Whether librdkafka has said, since this was asked last, that all brokers are down.</summary>
    public bool TakeAlarm() => Interlocked.Exchange(ref _alarm, 0) != 0;

    /// <summary>Whether librdkafka has said, since this was asked last, that a topic is missing without saying which.</summary>
    public bool TakeDoubt() => Interlocked.Exchange(ref _doubt, 0) != 0;

    /// <summary>Begins, or begins again, to read a channel at its next offset; the other channels flow on. Throws <see cref="SourceLogException"/>.</summary>
    public async Task AssignAsync(OpenChannel channel)
    {
        await _learning.WaitAsync(_stopping.Token);
        try
        {
            await Task.Run(() => LearnLeader(channel));
            Assign(channel);
        }
        finally
        {
            _learning.Release();
        }
    }

    /// <summary>Ends reading a channel; <paramref name="phase"/> says why.</summary>
    public void Unassign(OpenChannel channel, ChannelPhase phase)
    {
        lock (_assigning)
        {
            bool assigned = channel.Phase == ChannelPhase.Flowing;
            channel.Phase = channel.Phase == ChannelPhase.Closed ? ChannelPhase.Closed : phase;
            if (assigned)
            {
                _consumer.IncrementalUnassign([channel.Partition]);
            }
        }
    }

    public void SetPaused(OpenChannel channel, bool paused)
    {
        lock (_assigning)
        {
            if (channel.Paused == paused)
            {
                return;
            }

            channel.Paused = paused;
            if (channel.Phase == ChannelPhase.Flowing)
            {
                Action<IEnumerable<TopicPartition>> change = paused ? _consumer.Pause : _consumer.Resume;
                change([channel.Partition]);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _polling;
        await _nudge.EndAsync();
        await _learning.WaitAsync();
        if (!await KafkaClient.EndAsync(_consumer, _time))
        {
            LogLeft(_log);
        }

        _stopping.Dispose();
    }

    // A topic that librdkafka does not know it looks for only once a second; one that was asked about is read at once.
    private void LearnLeader(OpenChannel channel)
    {
        // Asked a few times: a question asked before the first connection stands is not sent when it does.
        for (int attempt = 0; attempt < LearnAttempts && !_stopping.IsCancellationRequested; attempt++)
        {
            try
            {
                _consumer.OffsetsForTimes([new TopicPartitionTimestamp(channel.Partition, KafkaBoundsQuery.Latest)], LearnWithin);
                return;
            }
            catch (KafkaException failed)
            {
                LogPassing(_log, failed.Error.Reason);
                if (_stopping.Token.WaitHandle.WaitOne(LearnPause))
                {
                    return;
                }
            }
        }
    }

    private void Assign(OpenChannel channel)
    {
        lock (_assigning)
        {
            if (channel.Phase == ChannelPhase.Closed)
            {
                return;
            }

            channel.AssignedInRound = Interlocked.Read(ref _round);
            channel.Phase = ChannelPhase.Flowing;
            try
            {
                _consumer.IncrementalAssign([new TopicPartitionOffset(channel.Partition, channel.Next)]);
                if (channel.Paused)
                {
                    _consumer.Pause([channel.Partition]);
                }
            }
            catch (KafkaException failed)
            {
                channel.Phase = ChannelPhase.Suspect;
                throw new SourceLogException($"channel '{channel.Name}': librdkafka does not begin to read it: {failed.Error.Reason}", failed);
            }
        }
    }

    private void Poll()
    {
        try
        {
            PollUntilStopped();
        }
        catch (Exception unexpected)
        {
            // Whatever it is: the reader must learn that nothing comes any more.
            _queue.AddFault(new SourceLogException($"Kafka at {_options.BootstrapServers} is not read any more: {unexpected.Message}", unexpected));
            _queue.Close();
        }
    }

    private void PollUntilStopped()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Interlocked.Increment(ref _round);
            try
            {
                if (_consumer.Consume(PollTimeout) is { Message: not null } result && !Take(result))
                {
                    return;
                }
            }
            catch (ConsumeException failed)
            {
                OnPartitionError(failed);
            }
            catch (KafkaException failed)
            {
                OnError(failed.Error);
            }
        }
    }

    // False: the queue is closed.
    private bool Take(ConsumeResult<Ignore, byte[]> result)
    {
        if (!_channels.TryGetValue(result.Topic, out OpenChannel? channel) || channel.Phase != ChannelPhase.Flowing)
        {
            return true;
        }

        long offset = result.Offset.Value;
        if (offset != channel.Next)
        {
            OnWrongOffset(channel, offset);
            return true;
        }

        channel.Next = offset + 1;
        _nudge.Count(result.Message.Value?.Length ?? 0);
        Interlocked.Exchange(ref _lastTaken, _time.GetTimestamp());
        return _queue.Add(channel, new LogMessage(channel.Name, LogPosition.Kafka(offset), result.Message.Value, TraceParent(result.Message.Headers)));
    }

    private void OnWrongOffset(OpenChannel channel, long offset)
    {
        // An earlier offset is a repetition. A later one in the round of the assignment may be a leftover of the assignment before it.
        if (offset < channel.Next || channel.AssignedInRound == Interlocked.Read(ref _round))
        {
            return;
        }

        // Read once more from the missing offset on before it is called a gap.
        LogHole(_log, channel.Name, channel.Next, offset);
        channel.HasHole = channel.HoleSeenAt == channel.Next;
        channel.HoleSeenAt = channel.Next;
        Unassign(channel, ChannelPhase.Suspect);
    }

    private static string? TraceParent(Headers? headers)
        => headers is { Count: > 0 } && headers.TryGetLastBytes("traceparent", out byte[] value) && value is not null ? Encoding.ASCII.GetString(value) : null;

    private void OnPartitionError(ConsumeException failed)
    {
        KafkaFault fault = KafkaFaults.Classify(failed.Error);
        string? topic = failed.ConsumerRecord?.Topic;
        if (topic is null || !_channels.TryGetValue(topic, out OpenChannel? channel))
        {
            OnError(failed.Error);
            return;
        }

        switch (fault)
        {
            case KafkaFault.NoTopic or KafkaFault.NoOffset:
                LogSuspect(_log, channel.Name, channel.Next, failed.Error.Reason);
                if (channel.Phase == ChannelPhase.Flowing)
                {
                    Unassign(channel, ChannelPhase.Suspect);
                }

                break;
            case KafkaFault.Unreadable:
                Fail($"channel '{channel.Name}': the record at offset {failed.ConsumerRecord!.Offset} cannot be read: {failed.Error.Reason}", SourceLogFault.Unreadable);
                break;
            case KafkaFault.Refused:
                Fail($"Kafka at {_options.BootstrapServers} refuses to let channel '{channel.Name}' be read: {failed.Error.Reason}", SourceLogFault.Refused);
                break;
            default:
                LogPassing(_log, failed.Error.Reason);
                break;
        }
    }

    // Called on the polling thread, from inside Consume.
    private void OnError(Error error)
    {
        switch (KafkaFaults.Classify(error))
        {
            case KafkaFault.AllDown:
                Interlocked.Exchange(ref _alarm, 1);
                break;
            case KafkaFault.NoTopic or KafkaFault.NoOffset:
                LogDoubt(_log, error.Reason);
                Interlocked.Exchange(ref _doubt, 1);
                break;
            case KafkaFault.Refused:
                Fail($"Kafka at {_options.BootstrapServers} refuses the connection: {error.Reason}", SourceLogFault.Refused);
                break;
            default:
                LogPassing(_log, KafkaSettings.WithoutSecrets(error.Reason, _options));
                break;
        }
    }

    private void Fail(string message, SourceLogFault fault) => _queue.AddFault(new SourceLogException(KafkaSettings.WithoutSecrets(message, _options), fault: fault));
}
