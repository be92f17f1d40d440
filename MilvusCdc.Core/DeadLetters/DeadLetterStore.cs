using System.Text;
using System.Text.Json;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>
/// The dead letters of tasks, for people: look, send again, skip, and permit that the message which blocks a task is set aside. Each change is noted in the <see cref="AuditTrail"/>.
/// Every method may throw <see cref="EtcdException"/>; those with a wish also <see cref="DeadLetterException"/>.
/// </summary>
public sealed class DeadLetterStore(EtcdClient etcd, MetaKeys keys, AuditTrail audit)
{
    /// <summary>Most letters of one page.</summary>
    public const int LargestPage = 1000;

    /// <summary>A page of a task's letters.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="limit">1 to <see cref="LargestPage"/>.</param>
    /// <param name="after"><see cref="DeadLetterPage.Next"/> of the page before; null: the first page.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<DeadLetterPage> ListAsync(string taskId, int limit, string? after, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, LargestPage);
        string prefix = keys.Letters(taskId);
        string? last = after is null ? null : prefix + Known(after).Key;
        EtcdRange stored = await etcd.RangeAsync(prefix, new EtcdRangeOptions { Limit = limit + 1, After = last }, cancellation);
        List<DeadLetter> letters = [.. stored.Items.Take(limit).Select(Read)];
        return new DeadLetterPage(letters, stored.Items.Count > limit ? letters[^1].Id : null);
    }

    /// <summary>One letter, or null.</summary>
    public async Task<DeadLetter?> GetAsync(string taskId, string letterId, CancellationToken cancellation) =>
        LetterId.Parse(letterId) is { } id && await etcd.GetAsync(keys.Letters(taskId) + id.Key, cancellation) is { } stored ? Read(stored) : null;

    /// <summary>The bytes of a letter as the source wrote them (a part of a message: a message of that form with these rows), or null.</summary>
    public async Task<byte[]?> GetBytesAsync(string taskId, string letterId, CancellationToken cancellation) =>
        await GetAsync(taskId, letterId, cancellation) is null ? null : await LetterChunks.ReadAsync(etcd, Chunks(taskId, letterId), cancellation);

    /// <summary>How many letters a task has, and what blocks it.</summary>
    public async Task<DeadLetterSummary> SummaryAsync(string taskId, CancellationToken cancellation)
    {
        EtcdRange stored = await etcd.RangeAsync(keys.Letters(taskId), options: null, cancellation);
        EtcdKeyValue? blocking = await etcd.GetAsync(keys.BlockingMessage(taskId), cancellation);
        return new DeadLetterSummary(
            stored.Items.Count,
            stored.Items.Sum(static item => (long)Read(item).Bytes),
            blocking is null ? null : JsonSerializer.Deserialize<BlockingMessage>(blocking.Value.Span, TaskJson.Options));
    }

    /// <summary>
    /// Wants a letter to be sent again through the task's own session, in the order of the log, at the task's next safe moment: between two rounds, when nothing is on its way. Rows that the source
    /// has deleted since are left out. The letter goes when the target has taken it; when it is refused again it stays and <see cref="DeadLetter.ReplayRefused"/> says why.
    /// A task that does not run does it when it runs again.
    /// </summary>
    /// <param name="taskId">The task.</param>
    /// <param name="letterId">The letter.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="uncheckedReplay">Without a look at what the source did to the rows since, for when its log no longer has it: rows deleted since would come back.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task RequestReplayAsync(string taskId, string letterId, string by, bool uncheckedReplay, CancellationToken cancellation)
    {
        DeadLetter letter = await FindAsync(taskId, letterId, cancellation);
        string key = keys.Letters(taskId) + Known(letterId).Key;
        DeadLetter wanted = letter with { State = LetterState.ReplayRequested, RequestedBy = by, Unchecked = uncheckedReplay, ReplayRefused = null };
        EtcdTxn txn = new EtcdTxn().WhenModRevision(key, letter.Revision);
        txn.Then.Put(key, Write(wanted)).Put(keys.LetterWish(taskId), Encoding.UTF8.GetBytes(letterId));
        audit.Add(txn.Then, taskId, by, "letter.replay", $"letter '{letterId}' is to be sent again{(uncheckedReplay ? ", unchecked" : "")}");
        await CommitAsync(txn, letterId, cancellation);
    }

    /// <summary>Gives a letter up: it is deleted, its rows stay away from the target.</summary>
    public async Task SkipAsync(string taskId, string letterId, string by, string? note, CancellationToken cancellation)
    {
        DeadLetter letter = await FindAsync(taskId, letterId, cancellation);
        string key = keys.Letters(taskId) + Known(letterId).Key;
        EtcdTxn txn = new EtcdTxn().WhenModRevision(key, letter.Revision);
        txn.Then.Delete(key).DeletePrefix(Chunks(taskId, letterId));
        audit.Add(
            txn.Then, taskId, by, "letter.skip", $"letter '{letterId}' ({letter.Kind} of {letter.Rows} rows, collection {letter.Collection ?? "unknown"}) was given up; its cause was: {letter.Cause}", note);
        await CommitAsync(txn, letterId, cancellation);
    }

    /// <summary>Permits that the message at which a task is blocked is set aside, this one only. It takes effect when the task is resumed.</summary>
    public async Task PermitAsync(string taskId, string letterId, string by, CancellationToken cancellation)
    {
        BlockingMessage? blocking = (await SummaryAsync(taskId, cancellation)).Blocking;
        if (blocking is null || blocking.Id != letterId)
        {
            throw new DeadLetterException(
                DeadLetterProblem.Conflict,
                $"message '{letterId}' does not block task '{taskId}': {(blocking is null ? "no message does" : $"'{blocking.Id}' does, and only that one can be set aside")}");
        }

        EtcdTxn txn = new EtcdTxn().WhenExists(keys.Task(taskId));
        txn.Then.Put(keys.LetterPermits(taskId) + Known(letterId).Key, Encoding.UTF8.GetBytes(by));
        audit.Add(txn.Then, taskId, by, "letter.permit", $"message '{letterId}' may be set aside; its cause is: {blocking.Cause}");
        if (!(await etcd.TxnAsync(txn, cancellation)).Succeeded)
        {
            throw new DeadLetterException(DeadLetterProblem.NotFound, $"there is no task '{taskId}'");
        }
    }

    internal static DeadLetter Read(EtcdKeyValue stored) => JsonSerializer.Deserialize<DeadLetter>(stored.Value.Span, TaskJson.Options)! with { Revision = stored.ModRevision };

    internal static byte[] Write(DeadLetter letter) => JsonSerializer.SerializeToUtf8Bytes(letter, TaskJson.Options);

    private static LetterId Known(string letterId) =>
        LetterId.Parse(letterId) ?? throw new DeadLetterException(DeadLetterProblem.NotFound, $"'{letterId}' is no id of a letter; one looks like by-dev-rootcoord-dml_3@1234");

    private string Chunks(string taskId, string letterId) => $"{keys.LetterBytes(taskId)}{Known(letterId).Key}/";

    private async Task<DeadLetter> FindAsync(string taskId, string letterId, CancellationToken cancellation)
    {
        DeadLetter letter = await GetAsync(taskId, letterId, cancellation)
            ?? throw new DeadLetterException(DeadLetterProblem.NotFound, $"task '{taskId}' has no letter '{letterId}'");
        return letter.State is not LetterState.Replaying
            ? letter
            : throw new DeadLetterException(DeadLetterProblem.Conflict, $"letter '{letterId}' is being sent just now: look again when that is done");
    }

    private async Task CommitAsync(EtcdTxn txn, string letterId, CancellationToken cancellation)
    {
        if (!(await etcd.TxnAsync(txn, cancellation)).Succeeded)
        {
            throw new DeadLetterException(DeadLetterProblem.Conflict, $"letter '{letterId}' was changed by somebody else at the same moment: look at it again");
        }
    }
}
