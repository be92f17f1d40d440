using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;

namespace MilvusCdc.Core.Target;

/// <summary>The sessions of this process, one a target, opened by the first task that needs it and closed by the last.</summary>
internal sealed class TargetSessions(
    PackOptions packs, ResilienceOptions resilience, TaskStore tasks, CheckpointStore checkpoints, SecretReader secrets, TimeProvider time, ILogger<TargetSession> logger)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, TargetSession> _open = new(StringComparer.Ordinal);

    /// <summary>
    /// Opens (or joins) the session with a task's target and makes sure that the target accepts replicated messages. A session that is opened knows what runs of the target's tasks,
    /// of whatever process, have left on the way.
    /// </summary>
    public async Task<TargetSession> JoinAsync(TaskDefinition task, TaskOwnership ownership, CancellationToken cancellation)
    {
        var client = new MilvusClient(task.Target.ToClient(secrets));
        try
        {
            await client.ConnectAsync(cancellation);
            await ReplicateModeProbe.EnsureUsableAsync(client, task.Target, cancellation);
            await _gate.WaitAsync(cancellation);
            try
            {
                TargetSession session = await OpenAsync(task.Target, cancellation);
                session.Enter(task.Id, client, () => ownership.Check(task.Id));
                return session;
            }
            finally
            {
                _gate.Release();
            }
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>A task leaves; the last one closes the session.</summary>
    public async Task LeaveAsync(TargetEndpoint target, string task)
    {
        TargetSession? toClose = null;
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (!_open.TryGetValue(Key(target), out TargetSession? session))
            {
                return;
            }

            await session.LeaveAsync(task);
            if (session.IsEmpty)
            {
                _open.Remove(Key(target));
                toClose = session;
            }
        }
        finally
        {
            _gate.Release();
        }

        if (toClose is not null)
        {
            await toClose.DisposeAsync();
        }
    }

    /// <summary>A task was deleted: nothing of it holds anything back any more.</summary>
    public async Task ForgetAsync(string task, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            foreach (TargetSession session in _open.Values)
            {
                session.Ticks.Forget(task);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<TargetSession> OpenAsync(TargetEndpoint target, CancellationToken cancellation)
    {
        if (_open.TryGetValue(Key(target), out TargetSession? known))
        {
            return known;
        }

        var session = new TargetSession(target.Address.Authority, packs, TargetCalls.Pipeline(resilience, time), time, logger);
        try
        {
            await SuspectAsync(session, target, cancellation);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }

        return _open[Key(target)] = session;
    }

    /// <summary>Until its tasks have run again, nobody knows how far their rows reach beyond their checkpoints.</summary>
    private async Task SuspectAsync(TargetSession session, TargetEndpoint target, CancellationToken cancellation)
    {
        foreach (TaskRecord record in (await tasks.ListAsync(cancellation)).Tasks.Where(record => Key(record.Definition.Target) == Key(target)))
        {
            string id = record.Definition.Id;
            if (await checkpoints.LoadCutAsync(id, cancellation) is { Sending: true })
            {
                Checkpoint? checkpoint = await checkpoints.LoadAsync(id, cancellation);
                session.Ticks.Suspect(id, checkpoint?.Frontier ?? 0, await checkpoints.TargetChannelsAsync(id, cancellation));
            }
        }
    }

    /// <summary>One session for an address, whatever users the tasks log in with: pchannels know no users.</summary>
    private static string Key(TargetEndpoint target) => target.Address.Authority.ToLowerInvariant();
}
