namespace MilvusCdc.Sandbox.Source.Metadata;

/// <summary>Names of a source's etcd keys (milvus-source-formats.md §1.2).</summary>
internal sealed class MetadataKeys(SourceOptions options)
{
    private readonly string _root = options.MetaRoot;

    public string Clock => $"{options.RootPath}/kv/gid/timestamp";

    public string Database(long database) => $"root-coord/database/db-info/{database}";

    public string Collection(long database, long collection) => $"root-coord/database/collection-info/{database}/{collection}";

    public string Partition(long collection, long partition) => $"root-coord/partitions/{collection}/{partition}";

    public string Field(long collection, long field) => $"root-coord/fields/{collection}/{field}";

    public string Alias(long database, string alias) => $"root-coord/database/aliases/{database}/{alias}";

    public string User(string user) => $"{_root}root-coord/credential/users/{user}";

    public string Role(string role) => $"{_root}root-coord/credential/roles/{role}";

    public string UserRole(string user, string role) => $"{_root}root-coord/credential/user-role-mapping/{user}/{role}";

    public string Index(long collection, long index) => $"{_root}field-index/{collection}/{index}";

    public string CollectionLoad(long collection) => $"{_root}querycoord-collection-loadinfo/{collection}";

    public string PartitionLoad(long collection, long partition) => $"{_root}querycoord-partition-loadinfo/{collection}/{partition}";

    public string Replica(long collection, long replica) => $"{_root}querycoord-replica/{collection}/{replica}";

    /// <summary>The key itself.</summary>
    public string Live(string key) => _root + key;

    /// <summary>Its copy of one moment.</summary>
    public string Snapshot(string key, ulong timestamp) => $"{_root}snapshots/{key}_ts{timestamp}";
}
