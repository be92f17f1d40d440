using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Engine;

/// <summary>What all parts of one run of a task share.</summary>
/// <param name="Task">What is replicated where.</param>
/// <param name="Ownership">The proof that this worker may write.</param>
/// <param name="Progress">Live numbers.</param>
/// <param name="History">The source's metadata and its history, as known at the moment of the call.</param>
internal sealed record TaskRun(TaskDefinition Task, TaskOwnership Ownership, TaskProgress Progress, Func<CatalogHistory> History)
{
    /// <summary>The source's metadata and its history, as known now.</summary>
    public CatalogHistory Catalog => History();

    /// <summary>Whether the task replicates a collection; decided by its names at creation, so that a rename neither adds nor loses one.</summary>
    public bool Selects(SourceCollection collection) =>
        Task.Selection.Selects(Catalog.DatabaseName(collection.DatabaseIdAt(collection.CreatedAt)), collection.NameAt(collection.CreatedAt));
}
