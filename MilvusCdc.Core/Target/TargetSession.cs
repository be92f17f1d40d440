using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Milvus;
using Polly;

namespace MilvusCdc.Core.Target;

/// <summary>
/// One target Milvus, shared by all tasks that write to it in this process, each with its own connection: a writer for each of its pchannels, and the ticks, which follow from what
/// all of its tasks have there (<see cref="TickBoard"/>).
/// </summary>
internal sealed class TargetSession : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ChannelWriter> _writers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly PackOptions _packs;
    private readonly TickKeeper _keeper;

    /// <summary>A session without tasks.</summary>
    public TargetSession(string address, PackOptions packs, ResiliencePipeline calls, TimeProvider time, ILogger logger)
    {
        Address = address;
        Calls = calls;
        _packs = packs;
        Ticks = new TickBoard(time);
        _keeper = new TickKeeper(this, time, logger);
    }

    /// <summary>What the tasks have on each pchannel.</summary>
    public TickBoard Ticks { get; }

    /// <summary>The address, for people.</summary>
    public string Address { get; }

    /// <summary>Whether no task takes part.</summary>
    public bool IsEmpty => _members.IsEmpty;

    /// <summary>A task takes part. <paramref name="guard"/> throws when this worker may no longer write for it; the session owns the client.</summary>
    public void Enter(string task, MilvusClient client, Action guard) => _members[task] = new Member(client, guard);

    /// <summary>A task's connection, for API calls.</summary>
    public MilvusClient Client(string task) => _members[task].Client;

    /// <summary>What every call to this target goes through.</summary>
    public ResiliencePipeline Calls { get; }

    /// <summary>A task's lane on a target pchannel.</summary>
    public ChannelLane Lane(string task, string pchannel)
    {
        Member member = _members[task];
        return Writer(pchannel).Lane(task, member.Client, member.Guard);
    }

    /// <summary>Reports a frontier that a checkpoint covers and waits until each of the pchannels has the tick that all of the channel's tasks allow.</summary>
    /// <param name="task">The task.</param>
    /// <param name="frontier">Its frontier.</param>
    /// <param name="mark">What it had sent when the checkpoint's last round was complete: <see cref="TickBoard.Mark"/>.</param>
    /// <param name="pchannels">The channels that the task's collections live on.</param>
    public Task CommitAsync(string task, ulong frontier, IReadOnlyDictionary<string, long> mark, IReadOnlyCollection<string> pchannels)
    {
        Ticks.Commit(task, frontier, mark, pchannels);
        return Task.WhenAll(pchannels.Select(pchannel => Lane(task, pchannel).RequestTick()));
    }

    /// <summary>Sends the ticks that are due though no task asked for them; faults are the caller's to tell.</summary>
    public Task SendDueAsync() => _members.Values.FirstOrDefault() is { } member
        ? Task.WhenAll(Ticks.Due().Select(pchannel => Writer(pchannel).OwnLane(member.Client, member.Guard).RequestTick()))
        : Task.CompletedTask;

    /// <summary>A task has ended: its lanes go. Rows of it that are on the way keep holding back ticks.</summary>
    public async Task LeaveAsync(string task)
    {
        Ticks.LeaveAll(task);
        foreach (ChannelWriter writer in _writers.Values)
        {
            await writer.CloseLaneAsync(task);
        }

        if (_members.TryRemove(task, out Member? member))
        {
            member.Client.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        foreach (ChannelWriter writer in _writers.Values)
        {
            await writer.DisposeAsync();
        }

        foreach (Member member in _members.Values)
        {
            member.Client.Dispose();
        }
    }

    private ChannelWriter Writer(string pchannel) => _writers.GetOrAdd(pchannel, channel => new ChannelWriter(channel, _packs, Ticks, Calls));

    private sealed record Member(MilvusClient Client, Action Guard);
}
