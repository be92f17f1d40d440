using System.Runtime.CompilerServices;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Protocol.Etcd.Wire;

namespace MilvusCdc.Protocol.Etcd;

/// <summary>
/// An etcd v3 client. Safe for many callers at a time. Reads go on to another member when one cannot be reached; writes and transactions are never repeated,
/// so after <see cref="EtcdFaultKind.Unavailable"/> or <see cref="EtcdFaultKind.DeadlineExceeded"/> the caller must look whether they happened.
/// Every method throws <see cref="EtcdException"/>.
/// </summary>
public sealed class EtcdClient : IAsyncDisposable, IDisposable
{
    private readonly EtcdConnection connection;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    /// <summary>Connects when it is first used. Throws <see cref="ArgumentException"/> with every problem of the options.</summary>
    public EtcdClient(EtcdOptions options, TimeProvider time, ILogger? logger = null)
    {
        connection = new EtcdConnection(options);
        this.time = time;
        this.logger = logger ?? NullLogger.Instance;
    }

    /// <summary>One key, linearizable; null when there is none.</summary>
    public async Task<EtcdKeyValue?> GetAsync(string key, CancellationToken cancellation)
    {
        RangeResponse answer = await RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8(key) }, $"the get of '{key}'", cancellation);
        return answer.Kvs.Count == 0 ? null : EtcdKeyValue.From(answer.Kvs[0]);
    }

    /// <summary>Every key under a prefix ("" for all), read in pages of one and the same revision. A revision that is compacted away meanwhile is <see cref="EtcdFaultKind.Compacted"/>.</summary>
    public async Task<EtcdRange> RangeAsync(string prefix, EtcdRangeOptions? options, CancellationToken cancellation)
    {
        options ??= new EtcdRangeOptions();
        List<EtcdKeyValue> items = [];
        RangeRequest request = new()
        {
            Key = options.After is { } after ? EtcdKeys.After(ByteString.CopyFromUtf8(after)) : EtcdKeys.First(prefix),
            RangeEnd = EtcdKeys.End(prefix),
            KeysOnly = options.KeysOnly,
            MinModRevision = options.MinModRevision,
            Revision = options.Revision,
            Serializable = options.Serializable,
        };
        int pageSize = options.PageSize;
        while (true)
        {
            request.Limit = options.Limit == 0 ? pageSize : Math.Min(pageSize, options.Limit - items.Count);
            RangeResponse page;
            try
            {
                page = await RangeAsync(request, $"the range of '{prefix}'", cancellation);
            }
            catch (EtcdException e) when (e.Kind == EtcdFaultKind.TooLarge && pageSize > 1)
            {
                pageSize = Math.Max(1, pageSize / 8);
                continue;
            }

            request.Revision = request.Revision == 0 ? page.Header.Revision : request.Revision;
            items.AddRange(page.Kvs.Select(EtcdKeyValue.From));
            if (!page.More || page.Kvs.Count == 0 || (options.Limit > 0 && items.Count >= options.Limit))
            {
                return new EtcdRange(request.Revision, items);
            }

            request.Key = EtcdKeys.After(page.Kvs[^1].Key);
        }
    }

    /// <summary>The store's revision now, linearizable. A user with few rights names a key that it may read.</summary>
    public async Task<long> RevisionAsync(CancellationToken cancellation, string readableKey = "\0")
    {
        RangeRequest request = new() { Key = ByteString.CopyFromUtf8(readableKey), CountOnly = true };
        return (await RangeAsync(request, "the read of the revision", cancellation)).Header.Revision;
    }

    /// <summary>Writes a key, bound to a lease when that is not 0. Returns the revision.</summary>
    public async Task<long> PutAsync(string key, ReadOnlyMemory<byte> value, long lease, CancellationToken cancellation)
    {
        PutRequest request = new() { Key = ByteString.CopyFromUtf8(key), Value = UnsafeByteOperations.UnsafeWrap(value), Lease = lease };
        PutResponse answer = await connection.CallAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser, $"the put of '{key}'", repeatable: false, cancellation);
        return answer.Header.Revision;
    }

    /// <summary>Deletes a key. Returns how many keys there were: 0 or 1.</summary>
    public Task<long> DeleteAsync(string key, CancellationToken cancellation) =>
        DeleteAsync(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) }, $"the delete of '{key}'", cancellation);

    /// <summary>Deletes every key under a prefix ("" for all), at one revision. Returns how many there were.</summary>
    public Task<long> DeletePrefixAsync(string prefix, CancellationToken cancellation) =>
        DeleteAsync(new DeleteRangeRequest { Key = EtcdKeys.First(prefix), RangeEnd = EtcdKeys.End(prefix) }, $"the delete of all under '{prefix}'", cancellation);

    /// <summary>Runs a transaction, once.</summary>
    public async Task<EtcdTxnResult> TxnAsync(EtcdTxn txn, CancellationToken cancellation)
    {
        TxnResponse answer = await connection.CallAsync("/etcdserverpb.KV/Txn", txn.ToWire(), TxnResponse.Parser, "a transaction", repeatable: false, cancellation);
        List<EtcdKeyValue?> gets = [];
        foreach (ResponseOp response in answer.Responses)
        {
            if (response.ResponseRange is { } range)
            {
                gets.Add(range.Kvs.Count == 0 ? null : EtcdKeyValue.From(range.Kvs[0]));
            }
        }

        return new EtcdTxnResult(answer.Succeeded, answer.Header.Revision, gets);
    }

    /// <summary>
    /// Every change under the prefixes from <paramref name="fromRevision"/> on (inclusive; 0: from now on), one batch a revision, in rising and whole revisions, across all prefixes.
    /// Reconnects for ever, to other members too, without a gap or a repeat. Throws <see cref="EtcdCompactedException"/> when changes were compacted away before they were seen,
    /// and <see cref="EtcdException"/> when etcd refuses the user, or when its data was replaced (<see cref="EtcdFaultKind.StoreReplaced"/>). The user must be allowed to read from the first to the last of the prefixes.
    /// </summary>
    public async IAsyncEnumerable<EtcdWatchBatch> WatchAsync(
        IReadOnlyList<string> prefixes, long fromRevision, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prefixes.Count);
        using EtcdWatch watch = new(connection, time, logger, prefixes, fromRevision);
        while (true)
        {
            foreach (EtcdWatchBatch batch in await watch.NextAsync(cancellation))
            {
                yield return batch;
            }
        }
    }

    /// <summary>A lease that keeps itself alive until it is disposed of. The time to live is in whole seconds (rounded up), at least 1; etcd may grant more.</summary>
    public async Task<EtcdLease> GrantLeaseAsync(TimeSpan ttl, CancellationToken cancellation)
    {
        long sent = time.GetTimestamp();
        LeaseGrantRequest request = new() { TTL = Math.Max(1, (long)Math.Ceiling(ttl.TotalSeconds)) };
        LeaseGrantResponse granted = await connection.CallAsync(
            "/etcdserverpb.Lease/LeaseGrant", request, LeaseGrantResponse.Parser, "the grant of a lease", repeatable: false, cancellation);
        return new EtcdLease(connection, time, logger, granted.ID, TimeSpan.FromSeconds(granted.TTL), sent);
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<RangeResponse> RangeAsync(RangeRequest request, string operation, CancellationToken cancellation) =>
        connection.CallAsync("/etcdserverpb.KV/Range", request, RangeResponse.Parser, operation, repeatable: true, cancellation);

    private async Task<long> DeleteAsync(DeleteRangeRequest request, string operation, CancellationToken cancellation) =>
        (await connection.CallAsync("/etcdserverpb.KV/DeleteRange", request, DeleteRangeResponse.Parser, operation, repeatable: false, cancellation)).Deleted;
}
