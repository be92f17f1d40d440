namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>A database: its collections and aliases by name.</summary>
internal sealed class Database(long id, string name, long createdNanoseconds)
{
    public long Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>Unix nanoseconds, as ListDatabases shows them.</summary>
    public long Created { get; } = createdNanoseconds;

    public List<Protocol.Milvus.Common.KeyValuePair> Properties { get; } = [];

    public Dictionary<string, Collection> Collections { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Collection> Aliases { get; } = new(StringComparer.Ordinal);

    /// <summary>Ids of dropped names that nobody has reused: Describe still names the id.</summary>
    public Dictionary<string, long> Dropped { get; } = new(StringComparer.Ordinal);

    public Collection? Find(string nameOrAlias) =>
        Collections.GetValueOrDefault(nameOrAlias) ?? Aliases.GetValueOrDefault(nameOrAlias);
}
