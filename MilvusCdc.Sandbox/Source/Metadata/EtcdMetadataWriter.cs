using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Sandbox.Source.Metadata;

/// <summary>Writes a source's metadata to etcd. While etcd cannot be reached it tries again, up to its patience; the changes are puts and deletes, so twice does no harm.</summary>
public sealed class EtcdMetadataWriter(EtcdClient etcd, TimeProvider? time = null) : IMetadataWriter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>How long it tries. Default 30 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    /// <exception cref="EtcdException">etcd refused, or could not be reached for longer than <see cref="Patience"/>.</exception>
    public async Task WriteAsync(IReadOnlyList<MetadataChange> changes, CancellationToken cancellation)
    {
        EtcdTxn transaction = new();
        foreach (MetadataChange change in changes)
        {
            _ = change.Value is { } value ? transaction.Then.Put(change.Key, value) : transaction.Then.Delete(change.Key);
        }

        long began = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await etcd.TxnAsync(transaction, cancellation);
                return;
            }
            catch (EtcdException) when (_time.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Pause, _time, cancellation);
            }
        }
    }
}
