using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Engine;

/// <summary>What all parts of one run of a task share.</summary>
/// <param name="Task">What is replicated where.</param>
/// <param name="Ownership">The proof that this worker may write.</param>
/// <param name="Progress">Live numbers.</param>
/// <param name="Watcher">Follows the source's metadata.</param>
internal sealed record TaskRun(TaskDefinition Task, TaskOwnership Ownership, TaskProgress Progress, CatalogWatcher Watcher)
{
    /// <summary>The source's metadata and its history, as known now.</summary>
    public CatalogHistory Catalog => Watcher.History;
}
