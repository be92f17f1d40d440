using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Audit;

/// <summary>
/// The operations log in etcd (<c>ROOT/operations/ID</c>), shared by all processes. Keys count down, so that the newest come first. It keeps the newest
/// <see cref="Kept"/> records. Every method may throw <see cref="EtcdException"/>.
/// </summary>
public sealed class OperationsLog(EtcdClient etcd, MetaKeys keys, TimeProvider time)
{
    /// <summary>Records that are kept at least; the rest is removed now and then, the oldest first.</summary>
    public const int Kept = 5_000;

    private const int LongestDetail = 1_000;
    private const int TrimEvery = 64;
    private const int AtOnce = 100;
    private int _written;

    /// <summary>The id of a record made now.</summary>
    public string NextId() => string.Create(
        CultureInfo.InvariantCulture, $"{long.MaxValue - (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks:D19}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}");

    /// <summary>Writes one record.</summary>
    public async Task AppendAsync(OperationRecord record, CancellationToken cancellation)
    {
        OperationRecord kept = record.Detail is { Length: > LongestDetail } detail ? record with { Detail = detail[..LongestDetail] + "…" } : record;
        await etcd.PutAsync(keys.Operations + record.Id, JsonSerializer.SerializeToUtf8Bytes(kept, TaskJson.Options), lease: 0, cancellation).ConfigureAwait(false);
        if (Interlocked.Increment(ref _written) % TrimEvery == 0)
        {
            await TrimAsync(Kept, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>One record, or null.</summary>
    public async Task<OperationRecord?> FindAsync(string id, CancellationToken cancellation) =>
        await etcd.GetAsync(keys.Operations + id, cancellation).ConfigureAwait(false) is { } found ? Read(found) : null;

    /// <summary>The newest records that the filter takes, after the one with the id <paramref name="after"/> (null: from the newest on), at most <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<OperationRecord>> ListAsync(OperationFilter filter, string? after, int limit, CancellationToken cancellation)
    {
        EtcdRange all = await etcd.RangeAsync(keys.Operations, options: null, cancellation).ConfigureAwait(false);
        return
        [
            .. all.Items
                .Where(item => after is null || string.CompareOrdinal(item.Key[keys.Operations.Length..], after) > 0)
                .Select(Read).OfType<OperationRecord>().Where(filter.Takes).Take(limit),
        ];
    }

    /// <summary>Removes all but the newest.</summary>
    internal async Task TrimAsync(int kept, CancellationToken cancellation)
    {
        EtcdRange all = await etcd.RangeAsync(keys.Operations, new EtcdRangeOptions { KeysOnly = true }, cancellation).ConfigureAwait(false);
        foreach (EtcdKeyValue[] part in all.Items.Skip(kept).Chunk(AtOnce))
        {
            EtcdTxn txn = new();
            foreach (EtcdKeyValue old in part)
            {
                txn.Then.Delete(old.Key);
            }

            await etcd.TxnAsync(txn, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Null for what another version wrote.</summary>
    internal static OperationRecord? Read(EtcdKeyValue stored)
    {
        try
        {
            return JsonSerializer.Deserialize<OperationRecord>(stored.Value.Span, TaskJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
