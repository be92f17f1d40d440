using System.Text;
using System.Text.Json;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>What a run of a task writes of its letters. Every write also checks that this worker still owns the task, as a checkpoint's does.</summary>
internal sealed class LetterShelf(EtcdClient etcd, MetaKeys keys, AuditTrail audit, string task, TaskOwnership ownership)
{
    /// <summary>All letters, by channel and in the order of the log.</summary>
    public async Task<IReadOnlyList<DeadLetter>> ListAsync(CancellationToken cancellation) =>
        [.. (await etcd.RangeAsync(keys.Letters(task), options: null, cancellation)).Items.Select(DeadLetterStore.Read)];

    /// <summary>The bytes of a letter.</summary>
    public Task<byte[]> ReadBytesAsync(LetterId id, CancellationToken cancellation) => LetterChunks.ReadAsync(etcd, Chunks(id), cancellation);

    /// <summary>Stores a letter: its bytes first, so that a letter that is there is whole. The permission that it was set aside under is used up.</summary>
    public async Task PutAsync(LetterId id, DeadLetter letter, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        foreach ((string key, ReadOnlyMemory<byte> piece) in LetterChunks.Cut(Chunks(id), bytes))
        {
            await WriteAsync(then => then.Put(key, piece), cancellation);
        }

        await WriteAsync(then => then.Put(keys.Letters(task) + id.Key, DeadLetterStore.Write(letter)).Delete(keys.LetterPermits(task) + id.Key), cancellation);
    }

    /// <summary>Changes a letter that nobody else has changed since it was read; false when somebody has.</summary>
    public async Task<bool> TryChangeAsync(LetterId id, DeadLetter changed, CancellationToken cancellation)
    {
        string key = keys.Letters(task) + id.Key;
        return await TryWriteAsync(new EtcdTxn().WhenModRevision(key, changed.Revision), then => then.Put(key, DeadLetterStore.Write(changed)), cancellation);
    }

    /// <summary>Takes away a letter that was sent again.</summary>
    public Task RemoveAsync(LetterId id, string by, string what, CancellationToken cancellation) => WriteAsync(
        then =>
        {
            then.Delete(keys.Letters(task) + id.Key).DeletePrefix(Chunks(id));
            audit.Add(then, task, by, "letter.replayed", what);
        },
        cancellation);

    /// <summary>Who permits that a message is set aside; null: nobody.</summary>
    public async Task<string?> PermitAsync(LetterId id, CancellationToken cancellation) =>
        await etcd.GetAsync(keys.LetterPermits(task) + id.Key, cancellation) is { } permit ? Encoding.UTF8.GetString(permit.Value.Span) : null;

    /// <summary>Shows which message blocks the task; null: none does.</summary>
    public Task ShowBlockingAsync(BlockingMessage? blocking, CancellationToken cancellation) => WriteAsync(
        then => _ = blocking is null
            ? then.Delete(keys.BlockingMessage(task))
            : then.Put(keys.BlockingMessage(task), JsonSerializer.SerializeToUtf8Bytes(blocking, TaskJson.Options)),
        cancellation);

    /// <summary>Whether a message is shown as blocking.</summary>
    public async Task<bool> IsBlockingShownAsync(CancellationToken cancellation) => await etcd.GetAsync(keys.BlockingMessage(task), cancellation) is not null;

    /// <summary>What is sent in parts: the keys' last parts.</summary>
    public async Task<IReadOnlyList<string>> ListCutsAsync(CancellationToken cancellation) =>
        [.. (await etcd.RangeAsync(keys.LetterCuts(task), new EtcdRangeOptions { KeysOnly = true }, cancellation)).Items.Select(item => item.Key[keys.LetterCuts(task).Length..])];

    /// <summary>Notes that something is sent in parts from now on.</summary>
    public Task PutCutAsync(string cut, CancellationToken cancellation) => WriteAsync(then => then.Put(keys.LetterCuts(task) + cut, ReadOnlyMemory<byte>.Empty), cancellation);

    /// <summary>Forgets what the frontier has passed.</summary>
    public async Task RemoveCutsAsync(IEnumerable<string> cuts, CancellationToken cancellation)
    {
        const int OperationsOfOneTransaction = 100;
        foreach (string[] some in cuts.Chunk(OperationsOfOneTransaction))
        {
            await WriteAsync(then => Array.ForEach(some, cut => then.Delete(keys.LetterCuts(task) + cut)), cancellation);
        }
    }

    private string Chunks(LetterId id) => $"{keys.LetterBytes(task)}{id.Key}/";

    private Task WriteAsync(Action<EtcdTxnBranch> write, CancellationToken cancellation) => TryWriteAsync(new EtcdTxn(), write, cancellation);

    private async Task<bool> TryWriteAsync(EtcdTxn txn, Action<EtcdTxnBranch> write, CancellationToken cancellation)
    {
        txn.WhenCreateRevision(ownership.OwnerKey, ownership.CreateRevision);
        write(txn.Then);
        txn.Else.Get(ownership.OwnerKey);
        EtcdTxnResult result = await etcd.TxnAsync(txn, cancellation);
        return result.Succeeded || (result.Gets is [{ } owner] && owner.CreateRevision == ownership.CreateRevision ? false : throw new OwnershipLostException(task));
    }
}
