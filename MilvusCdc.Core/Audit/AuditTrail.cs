using System.Globalization;
using System.Text.Json;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Audit;

/// <summary>One thing that a person (or, on a person's behalf, a worker) has done to a task by hand.</summary>
/// <param name="At">When.</param>
/// <param name="By">Who, as the caller named itself.</param>
/// <param name="Action">A stable word: <c>checkpoint.import</c>, <c>checkpoint.set</c>, <c>letter.permit</c>, <c>letter.replay</c>, <c>letter.replayed</c>, <c>letter.skip</c>.</param>
/// <param name="What">One sentence: what was done to what.</param>
/// <param name="Note">The person's reason; null: none was given.</param>
public sealed record AuditNote(DateTimeOffset At, string By, string Action, string What, string? Note = null);

/// <summary>What was done to tasks by hand, kept with the task in etcd until it is deleted. Every method may throw <see cref="EtcdException"/>.</summary>
public sealed class AuditTrail(EtcdClient etcd, MetaKeys keys, TimeProvider time)
{
    /// <summary>The notes of a task, oldest first.</summary>
    public async Task<IReadOnlyList<AuditNote>> ListAsync(string taskId, CancellationToken cancellation)
    {
        EtcdRange stored = await etcd.RangeAsync(keys.Audit(taskId), options: null, cancellation);
        return [.. stored.Items.Select(static item => JsonSerializer.Deserialize<AuditNote>(item.Value.Span, TaskJson.Options)!)];
    }

    /// <summary>Adds a note to a transaction: it is written when, and only when, what it tells of is done.</summary>
    internal void Add(EtcdTxnBranch branch, string taskId, string by, string action, string what, string? note = null)
    {
        DateTimeOffset now = time.GetUtcNow();

        // Fixed width, so that keys sort by time; the tail keeps two notes of one moment apart.
        string key = string.Create(CultureInfo.InvariantCulture, $"{keys.Audit(taskId)}{now.UtcTicks:D19}-{Guid.NewGuid():N}");
        branch.Put(key, JsonSerializer.SerializeToUtf8Bytes(new AuditNote(now, by, action, what, note), TaskJson.Options));
    }
}
