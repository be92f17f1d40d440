using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Timeline;

/// <summary>Everything that the source did after the last boundary and up to this one.</summary>
/// <param name="Boundary">Milvus timestamp: when all of the round is on the target, the frontier is here.</param>
/// <param name="Changes">Changes of the metadata, oldest first; some may be late, with a timestamp before the round.</param>
/// <param name="Operations">Operations of the replicate channel, oldest first; likewise.</param>
/// <param name="Groups">Rows and drop messages.</param>
/// <param name="Resume">By source channel: where a restart after this round reads on.</param>
internal sealed record Round(
    ulong Boundary,
    IReadOnlyList<CatalogChange> Changes,
    IReadOnlyList<Operation> Operations,
    IReadOnlyList<RowGroup> Groups,
    IReadOnlyDictionary<string, LogPosition> Resume)
{
    /// <summary>Whether something must run alone, in timestamp order.</summary>
    public bool HasOperations => Changes.Count > 0 || Operations.Count > 0;

    /// <summary>Bytes of its messages.</summary>
    public long Bytes { get; } = Groups.Sum(static group => (long)group.Bytes);
}
