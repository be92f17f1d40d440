using System.Collections.Concurrent;
using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Milvus;
using Polly;

namespace MilvusCdc.Core.Target;

/// <summary>
/// Writes to one target pchannel: one call in flight, packs of one task at a time, the tasks in turn. It sends as soon as something waits: no timer adds lag. A call
/// that fails is repeated with the same bytes, which the target drops if it has them, since no tick has passed them. When the target refuses a pack for the sake of one of
/// its messages, each goes alone, so that the others arrive and the one is known.
/// </summary>
internal sealed class ChannelWriter : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ChannelLane> _lanes = new(StringComparer.Ordinal);
    private readonly AsyncSignal _work = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly string _pchannel;
    private readonly PackOptions _options;
    private readonly TickBoard _ticks;
    private readonly ResiliencePipeline _calls;
    private readonly Task _loop;

    /// <summary>Starts the writer.</summary>
    public ChannelWriter(string pchannel, PackOptions options, TickBoard ticks, ResiliencePipeline calls)
    {
        _pchannel = pchannel;
        _options = options;
        _ticks = ticks;
        _calls = calls;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>A task's lane, made when it is first asked for.</summary>
    public ChannelLane Lane(string task, MilvusClient client, Action guard) => _lanes.GetOrAdd(
        task, _ => new ChannelLane(_work.Set, () => _ticks.Send(_pchannel, task), () => _ticks.Take(_pchannel, task), Guarded(client, guard)));

    /// <summary>The lane of ticks that no task asked for. A fault of it ends no task: the next call makes a new one.</summary>
    public ChannelLane OwnLane(MilvusClient client, Action guard)
    {
        if (_lanes.TryGetValue("", out ChannelLane? lane) && lane.HasFailed)
        {
            _lanes.TryRemove("", out _);
        }

        return _lanes.GetOrAdd("", _ => new ChannelLane(_work.Set, static () => { }, () => _ticks.Due(_pchannel), Guarded(client, guard)));
    }

    /// <summary>Ends a task's lane and waits for a call of it that is in flight.</summary>
    public async Task CloseLaneAsync(string task)
    {
        if (_lanes.TryRemove(task, out ChannelLane? lane))
        {
            lane.Fail(new OperationCanceledException($"task '{task}' has ended"));
            await lane.Quiet;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        foreach (ChannelLane lane in _lanes.Values)
        {
            lane.Fail(new OperationCanceledException("the session with the target has ended"));
        }

        _stop.Dispose();
    }

    /// <summary>Asks right before each call, also before a repeated one, whether this worker may still write.</summary>
    private static Func<ReplicatePack, CancellationToken, Task> Guarded(MilvusClient client, Action guard) => (pack, cancellation) =>
    {
        guard();
        return client.ReplicateAsync(pack, cancellation);
    };

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _work.WaitAsync(_stop.Token);
                while (_lanes.Values.Any(lane => lane.HasWork))
                {
                    foreach (ChannelLane lane in _lanes.Values)
                    {
                        await SendAsync(lane);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed: DisposeAsync fails what still waits.
        }
    }

    private async Task SendAsync(ChannelLane lane)
    {
        List<PackElement> pack = lane.Take(_options);
        if (pack.Count == 0)
        {
            return;
        }

        try
        {
            if (await TrySendAsync(lane, pack) is { } refused)
            {
                await SendOneByOneAsync(lane, pack, refused);
            }
        }
#pragma warning disable CA1031 // Whatever it is, it is the task's that waits for the element; the writer serves others too.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            foreach (PackElement element in pack)
            {
                element.Fail(fault);
            }

            lane.Fail(fault);
            _stop.Token.ThrowIfCancellationRequested();
        }
        finally
        {
            lane.EndCall();
        }
    }

    private async Task SendOneByOneAsync(ChannelLane lane, List<PackElement> pack, RefusedMessageException refused)
    {
        foreach (PackElement element in pack)
        {
            if ((pack.Count == 1 ? refused : await TrySendAsync(lane, [element])) is { } itself)
            {
                element.Fail(itself);
            }
        }
    }

    /// <summary>One call with short retries; answers the refusal of one of the messages.</summary>
    private async Task<RefusedMessageException?> TrySendAsync(ChannelLane lane, List<PackElement> pack)
    {
        var request = new ReplicatePack
        {
            Channel = _pchannel,
            BeginTimestamp = pack.Min(element => element.First),
            EndTimestamp = pack.Max(element => element.Last),
            Messages = pack.ConvertAll(element => element.Bytes),
        };
        try
        {
            await _calls.ExecuteAsync(async token => await lane.SendAsync(request, token), _stop.Token);
        }
        catch (Exception answer) when (RefusedMessageException.Of(answer) is not null)
        {
            return RefusedMessageException.Of(answer);
        }

        foreach (PackElement element in pack)
        {
            if (element.IsTick)
            {
                _ticks.Ticked(_pchannel, element.Last);
            }

            element.Acknowledge();
        }

        return null;
    }
}
