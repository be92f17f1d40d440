namespace MilvusCdc.Protocol.Etcd;

/// <summary>What happened to a key.</summary>
public enum EtcdEventKind
{
    /// <summary>It was written.</summary>
    Put,

    /// <summary>It was deleted, or its lease ended.</summary>
    Delete,
}

/// <summary>One change of one key.</summary>
public sealed record EtcdEvent(EtcdEventKind Kind, EtcdKeyValue KeyValue);

/// <summary>Everything that one revision changed under the watched prefixes.</summary>
/// <param name="Revision">The revision. All changes up to it have been delivered, so a later watch may begin at <c>Revision + 1</c>.</param>
/// <param name="Events">Its events, in the order of the transaction. Empty: nothing happened up to <paramref name="Revision"/> (etcd says so every ten minutes).</param>
public sealed record EtcdWatchBatch(long Revision, IReadOnlyList<EtcdEvent> Events);
