using System.Text.Json;
using System.Text.Json.Nodes;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Checkpoints;

/// <summary>
/// Gives a task's checkpoint out as one JSON object (docs/checkpoints.md), takes one in, and sets one by hand. Only a paused task takes one, and every change is noted in the <see cref="AuditTrail"/>.
/// Every method may throw <see cref="CheckpointTransferException"/> and <see cref="EtcdException"/>.
/// </summary>
public sealed class CheckpointTransfer(EtcdClient etcd, MetaKeys keys, TaskStore tasks, CheckpointSource source, AuditTrail audit, TimeProvider time)
{
    /// <summary>The task's checkpoint as a JSON object. Works for running tasks too.</summary>
    public async Task<JsonObject> ExportAsync(string taskId, CancellationToken cancellation)
    {
        await FindTaskAsync(taskId, cancellation);
        Checkpoint checkpoint = (await FindAsync(taskId, cancellation)).Checkpoint
            ?? throw Refused(CheckpointProblem.NotFound, $"task '{taskId}' has no checkpoint yet: it has not reached its first cut");
        return CheckpointDocument.Write(taskId, checkpoint, source, time.GetUtcNow());
    }

    /// <summary>Makes the task go on from an exported checkpoint, of this task or of another one of the same source. Returns what is stored now.</summary>
    /// <param name="taskId">A paused task.</param>
    /// <param name="json">What <see cref="ExportAsync"/> gave.</param>
    /// <param name="accepted">What it may do to the target; what is not accepted is refused in words.</param>
    /// <param name="by">Who does it.</param>
    /// <param name="note">Why; null: no reason is given.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<JsonObject> ImportAsync(string taskId, string json, CheckpointRisks accepted, string by, string? note, CancellationToken cancellation)
    {
        TaskRecord task = await FindTaskAsync(taskId, cancellation);
        List<string> problems = [];
        Checkpoint? wanted = CheckpointDocument.Read(json, source, time.GetUtcNow(), problems);
        return await StoreAsync(task, _ => wanted, problems, accepted, ("checkpoint.import", by, note), cancellation);
    }

    /// <summary>Changes parts of the task's checkpoint by hand. Returns what is stored now.</summary>
    /// <param name="taskId">A paused task that has a checkpoint.</param>
    /// <param name="edit">What is changed.</param>
    /// <param name="accepted">What it may do to the target; what is not accepted is refused in words.</param>
    /// <param name="by">Who does it.</param>
    /// <param name="note">Why; null: no reason is given.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<JsonObject> SetAsync(string taskId, CheckpointEdit edit, CheckpointRisks accepted, string by, string? note, CancellationToken cancellation)
    {
        TaskRecord task = await FindTaskAsync(taskId, cancellation);
        List<string> problems = [];
        return await StoreAsync(task, old => Apply(taskId, old, edit, problems), problems, accepted, ("checkpoint.set", by, note), cancellation);
    }

    private async Task<JsonObject> StoreAsync(
        TaskRecord task, Func<Checkpoint?, Checkpoint?> change, List<string> problems, CheckpointRisks accepted, (string Action, string By, string? Note) doing, CancellationToken cancellation)
    {
        string id = task.Definition.Id;
        (Checkpoint? old, long revision) = await FindAsync(id, cancellation);
        Checkpoint? wanted = change(old);
        if (wanted is not null && old is not null && problems.Count == 0)
        {
            problems.AddRange(Harm(old, wanted, accepted));
        }

        if (await NotPausedAsync(task, cancellation) is { } busy)
        {
            throw new CheckpointTransferException(CheckpointProblem.Conflict, [busy, .. problems]);
        }

        if (wanted is null || problems.Count > 0)
        {
            throw new CheckpointTransferException(CheckpointProblem.Invalid, problems);
        }

        // Neither a resume nor another change may have come in between.
        EtcdTxn txn = new EtcdTxn().WhenModRevision(keys.Task(id), task.Revision).WhenModRevision(keys.Checkpoint(id), revision);
        txn.Then.Put(keys.Checkpoint(id), JsonSerializer.SerializeToUtf8Bytes(wanted, Checkpoint.Json));
        string before = old is null ? "none" : CheckpointDocument.Write(id, old, source, old.WrittenAt).ToJsonString();
        audit.Add(txn.Then, id, doing.By, doing.Action, $"the checkpoint was set to frontier {wanted.Frontier}; before: {before}", doing.Note);
        return (await etcd.TxnAsync(txn, cancellation)).Succeeded
            ? CheckpointDocument.Write(id, wanted, source, time.GetUtcNow())
            : throw Refused(CheckpointProblem.Conflict, $"task '{id}' or its checkpoint was changed by somebody else at the same moment: look at it again");
    }

    private Checkpoint? Apply(string taskId, Checkpoint? old, CheckpointEdit edit, List<string> problems)
    {
        if (old is null)
        {
            problems.Add($"task '{taskId}' has no checkpoint that could be changed; import one, or state positions when the task is created");
            return null;
        }

        var channels = new Dictionary<string, ChannelCheckpoint>(old.Channels, StringComparer.Ordinal);
        foreach ((string channel, string text) in edit.Positions ?? new Dictionary<string, string>())
        {
            if (!channels.TryGetValue(channel, out ChannelCheckpoint? known))
            {
                problems.Add($"positions has '{channel}', which the task's checkpoint does not have; allowed are {string.Join(", ", channels.Keys.Order(StringComparer.Ordinal))}");
            }
            else
            {
                channels[channel] = known with { Position = Position($"positions.{channel}", text, problems) };
            }
        }

        if (edit.Frontier is { } stated && CheckpointDocument.Obstacle(stated, time.GetUtcNow()) is { } obstacle)
        {
            problems.Add(obstacle);
        }

        if (edit.Frontier is null && edit.Operations is null && edit.Positions is not { Count: > 0 })
        {
            problems.Add("nothing is to be changed; allowed are frontier, positions and operations");
        }

        return old with
        {
            Frontier = edit.Frontier ?? old.Frontier,
            Channels = channels,
            Operations = edit.Operations is { } operations ? Position("operations", operations, problems) : old.Operations,
            IsByHand = true,
            WrittenAt = time.GetUtcNow(),
        };
    }

    private LogPosition Position(string what, string text, List<string> problems)
    {
        if (PositionText.TryParse(text, out LogPosition position) && CheckpointReading.Obstacle(position, source.LogKind) is null)
        {
            return position;
        }

        problems.Add($"{what} is '{text}'; allowed is {CheckpointReading.Allowed(source.LogKind)}");
        return default;
    }

    private static IEnumerable<string> Harm(Checkpoint old, Checkpoint wanted, CheckpointRisks accepted)
    {
        if (wanted.Frontier < old.Frontier && !accepted.HasFlag(CheckpointRisks.Repeated))
        {
            yield return $"frontier {wanted.Frontier} lies before the task's {old.Frontier}: what came between would be on the target twice; empty the target first, then accept the risk 'repeated'";
        }

        if (wanted.Frontier > old.Frontier && !accepted.HasFlag(CheckpointRisks.Skipped))
        {
            yield return $"frontier {wanted.Frontier} lies after the task's {old.Frontier}: what came between would never reach the target; to do it all the same accept the risk 'skipped'";
        }

        IEnumerable<string> ahead = wanted.Channels.Where(channel => old.Channels.TryGetValue(channel.Key, out ChannelCheckpoint? known) && channel.Value.Position > known.Position)
            .Select(channel => $"channel '{channel.Key}' ({channel.Value.Position} after {old.Channels[channel.Key].Position})");
        string named = string.Join(", ", wanted.Operations > old.Operations ? ahead.Append($"operations ({wanted.Operations} after {old.Operations})") : ahead);
        if (named.Length > 0 && wanted.Frontier <= old.Frontier && !accepted.HasFlag(CheckpointRisks.Skipped))
        {
            yield return $"positions lie after the task's own: {named}: what came between would never reach the target; to do it all the same accept the risk 'skipped'";
        }
    }

    private async Task<string?> NotPausedAsync(TaskRecord task, CancellationToken cancellation)
    {
        string id = task.Definition.Id;
        if (task.Intent is TaskIntent.Delete)
        {
            return $"task '{id}' is being deleted";
        }

        TaskReport? live = await tasks.FindStatusAsync(id, cancellation);
        bool still = task.Intent is TaskIntent.Pause && task.State is not TaskState.Running && live is null or { Phase: TaskPhase.Paused };
        return still ? null : $"task '{id}' is not paused ({(live is null ? task.State.ToString() : live.Phase.ToString())}): its checkpoint can be changed only while it stands still; pause it first";
    }

    private async Task<TaskRecord> FindTaskAsync(string id, CancellationToken cancellation) =>
        await tasks.FindAsync(id, cancellation) ?? throw Refused(CheckpointProblem.NotFound, $"there is no task '{id}'");

    private async Task<(Checkpoint? Checkpoint, long Revision)> FindAsync(string id, CancellationToken cancellation)
    {
        if (await etcd.GetAsync(keys.Checkpoint(id), cancellation) is not { } stored)
        {
            return (null, 0);
        }

        try
        {
            Checkpoint? read = JsonSerializer.Deserialize<Checkpoint>(stored.Value.Span, Checkpoint.Json);
            return read?.Obstacle is { } obstacle ? throw Refused(CheckpointProblem.Invalid, $"the checkpoint of task '{id}' cannot be used: {obstacle}") : (read, stored.ModRevision);
        }
        catch (JsonException wrong)
        {
            throw Refused(CheckpointProblem.Invalid, $"the checkpoint of task '{id}' cannot be read: {wrong.Message}");
        }
    }

    private static CheckpointTransferException Refused(CheckpointProblem problem, string sentence) => new(problem, [sentence]);
}
