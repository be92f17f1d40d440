using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Target;

/// <summary>Names on the target by names on the source.</summary>
internal sealed class NameMap(IReadOnlyList<NameMapping> mappings)
{
    /// <summary>Milvus's own name for the database that a request without one means.</summary>
    public const string DefaultDatabase = "default";

    /// <summary>Where a database of the source goes. A mapping that names single collections leaves the others' database alone.</summary>
    public string Database(string database) =>
        mappings.FirstOrDefault(mapping => mapping.SourceDatabase == database && mapping.Collections.Count == 0)?.TargetDatabase is { Length: > 0 } target
            ? target
            : database;

    /// <summary>Where a collection of the source goes.</summary>
    public (string Database, string Collection) Collection(string database, string collection)
    {
        foreach (NameMapping mapping in mappings)
        {
            if (mapping.SourceDatabase == database && mapping.Collections.TryGetValue(collection, out string? target))
            {
                return (mapping.TargetDatabase is { Length: > 0 } named ? named : database, target);
            }
        }

        return (Database(database), collection);
    }
}
