using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>
/// Looks into what the consumer alone cannot settle: topics that do not exist yet, channels that the brokers said something odd about, and brokers that are all out of reach.
/// </summary>
internal sealed partial class KafkaWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // A broker that has just started may not know its topics for a moment.
    private static readonly TimeSpan GoneFor = TimeSpan.FromSeconds(2);

    // So long nothing may come before the brokers are asked whether they are there.
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(1);

    private readonly KafkaSourceLogOptions _options;
    private readonly ConcurrentDictionary<string, OpenChannel> _channels;
    private readonly KafkaBoundsQuery _bounds;
    private readonly KafkaPoller _poller;
    private readonly KafkaQueue _queue;
    private readonly DownTime _down;
    private long _probed;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _watching;

    public KafkaWatch(
        KafkaSourceLogOptions options, ConcurrentDictionary<string, OpenChannel> channels, KafkaBoundsQuery bounds, KafkaPoller poller, KafkaQueue queue, TimeProvider time, ILogger log)
    {
        _options = options;
        _channels = channels;
        _bounds = bounds;
        _poller = poller;
        _queue = queue;
        _down = new DownTime(time);
        _probed = time.GetTimestamp();
        _time = time;
        _log = log;
        _watching = Task.Run(WatchAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                bool doubt = _poller.TakeDoubt();
                foreach (OpenChannel channel in _channels.Values)
                {
                    if (channel.Phase is ChannelPhase.Waiting or ChannelPhase.Suspect || (doubt && channel.Phase == ChannelPhase.Flowing))
                    {
                        await SettleAsync(channel);
                    }
                }

                await ProbeAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The log is closed.
        }
    }

    private async Task SettleAsync(OpenChannel channel)
    {
        try
        {
            await SettleAsync(channel, await _bounds.QueryAsync(channel.Name, _options.Timeout, _stopping.Token));
        }
        catch (SourceLogException failed)
        {
            LogUnsettled(_log, channel.Name, failed.Message);
        }
    }

    private async Task SettleAsync(OpenChannel channel, LogBounds? bounds)
    {
        if (bounds is null)
        {
            SettleGone(channel);
            return;
        }

        channel.GoneSince = null;
        if (channel.Phase == ChannelPhase.Flowing)
        {
            return;
        }

        if (channel.HasHole || KafkaSourceLog.IsOutside(channel.Next, bounds.Value))
        {
            Lose(channel, bounds);
        }
        else
        {
            LogGoesOn(_log, channel.Name, channel.Next);
            await _poller.AssignAsync(channel);
        }
    }

    private void SettleGone(OpenChannel channel)
    {
        if (channel.Phase == ChannelPhase.Waiting)
        {
            return;
        }

        if (channel.Phase == ChannelPhase.Flowing)
        {
            _poller.Unassign(channel, ChannelPhase.Suspect);
        }

        channel.GoneSince ??= _time.GetTimestamp();
        if (_time.GetElapsedTime(channel.GoneSince.Value) < GoneFor)
        {
            return;
        }

        if (channel.Next == 0)
        {
            _poller.Unassign(channel, ChannelPhase.Waiting);
        }
        else
        {
            Lose(channel, null);
        }
    }

    private void Lose(OpenChannel channel, LogBounds? bounds)
    {
        _poller.Unassign(channel, ChannelPhase.Lost);
        if (channel.Phase == ChannelPhase.Closed)
        {
            return;
        }

        _queue.AddFault(new SourceLogGapException(channel.Name, LogPosition.Kafka(channel.Next), bounds));
    }

    // While messages come the brokers are up; librdkafka's own "all brokers down" is not always told.
    private async Task ProbeAsync()
    {
        string? channel = _channels.Keys.FirstOrDefault();
        TimeSpan quiet = _time.GetElapsedTime(Math.Max(_poller.LastTaken, _probed));
        if (channel is null || (quiet < QuietFor && !_poller.TakeAlarm()))
        {
            return;
        }

        TimeSpan? down = _down.Elapsed;
        try
        {
            await _bounds.QueryAsync(channel, TimeSpan.FromSeconds(Math.Min(2, _options.Timeout.TotalSeconds)), _stopping.Token);
            _down.Clear();
            if (down is { } lasted)
            {
                LogBack(_log, _options.BootstrapServers, lasted.TotalSeconds);
            }
        }
        catch (SourceLogException failed)
        {
            _down.Begin();
            OnDown(down ?? TimeSpan.Zero, failed);
        }

        _probed = _time.GetTimestamp();
    }

    private void OnDown(TimeSpan elapsed, SourceLogException failed)
    {
        LogDown(_log, _options.BootstrapServers, elapsed.TotalSeconds, failed.Message);
        if (elapsed >= _options.DownAfter)
        {
            _queue.AddFault(new SourceLogException(
                $"Kafka at {_options.BootstrapServers} has been out of reach for {elapsed.TotalSeconds:0} s, longer than the {_options.DownAfter.TotalSeconds:0} s allowed.", failed, SourceLogFault.Unreachable));
        }
    }

    [LoggerMessage(EventId = 2111, Level = LogLevel.Warning, Message = "Channel '{Channel}' is not read for now: {Reason} Asking again.")]
    private static partial void LogUnsettled(ILogger log, string channel, string reason);

    [LoggerMessage(EventId = 2112, Level = LogLevel.Information, Message = "Channel '{Channel}' is read from offset {Offset} on.")]
    private static partial void LogGoesOn(ILogger log, string channel, long offset);

    [LoggerMessage(EventId = 2113, Level = LogLevel.Information, Message = "Kafka at {Servers} is back after {Seconds:0.0} s.")]
    private static partial void LogBack(ILogger log, string servers, double seconds);

    [LoggerMessage(EventId = 2114, Level = LogLevel.Warning, Message = "Kafka at {Servers} has been out of reach for {Seconds:0.0} s; waiting for it. {Reason}")]
    private static partial void LogDown(ILogger log, string servers, double seconds, string reason);
}
