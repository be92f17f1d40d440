using System.Collections.Concurrent;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus;
using Polly;

namespace MilvusCdc.Core.Target;

/// <summary>
/// One target Milvus, shared by all tasks that write to it in this process: a connection, a writer for each of its pchannels, and the ticks, of which a pchannel gets the
/// smallest frontier of the tasks that use it.
/// </summary>
internal sealed class TargetSession : IAsyncDisposable
{
    /// <summary>Source id of the ticks that we make; Milvus's own coordinators have positive ones.</summary>
    private const long OwnSourceId = -1;

    private readonly ConcurrentDictionary<string, ChannelWriter> _writers = new(StringComparer.Ordinal);
    private readonly TickBoard _ticks = new();
    private readonly PackOptions _packs;

    /// <summary>A session on an open client, which it owns.</summary>
    public TargetSession(MilvusClient client, PackOptions packs, ResiliencePipeline calls)
    {
        Client = client;
        Calls = calls;
        _packs = packs;
    }

    /// <summary>For API calls.</summary>
    public MilvusClient Client { get; }

    /// <summary>What every call to this target goes through.</summary>
    public ResiliencePipeline Calls { get; }

    /// <summary>A task's lane on a target pchannel.</summary>
    public ChannelLane Lane(string task, string pchannel) =>
        _writers.GetOrAdd(pchannel, channel => new ChannelWriter(channel, Client, _packs, Calls)).Lane(task);

    /// <summary>Reports a task's frontier and waits until each of its pchannels has the tick that all of the channel's tasks allow.</summary>
    public Task TickAsync(string task, ulong frontier, IReadOnlyCollection<string> pchannels)
    {
        var sent = new List<Task>(pchannels.Count);
        foreach (string pchannel in pchannels)
        {
            if (_ticks.Report(pchannel, task, frontier) is { } tick)
            {
                sent.Add(Lane(task, pchannel).SendTick(tick, TickMessage.Create(tick, OwnSourceId)));
            }
        }

        return Task.WhenAll(sent);
    }

    /// <summary>A task no longer uses a pchannel, and no longer holds back its tick.</summary>
    public void Leave(string task, string pchannel) => _ticks.Leave(pchannel, task);

    /// <summary>A task has ended: its lanes go, and its channels are free of it.</summary>
    public async Task LeaveAsync(string task)
    {
        _ticks.LeaveAll(task);
        foreach (ChannelWriter writer in _writers.Values)
        {
            await writer.CloseLaneAsync(task);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (ChannelWriter writer in _writers.Values)
        {
            await writer.DisposeAsync();
        }

        Client.Dispose();
    }
}
