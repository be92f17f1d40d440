namespace MilvusCdc.Core.Source.Catalog;

/// <summary>Where the source keeps its metadata in etcd, and how long a fence may take.</summary>
public sealed class CatalogOptions
{
    /// <summary>The source's <c>etcd.rootPath</c>. Default <c>by-dev</c>.</summary>
    public string RootPath { get; set; } = "by-dev";

    /// <summary>The source's <c>etcd.metaSubPath</c>. Default <c>meta</c>; may be empty.</summary>
    public string MetaSubPath { get; set; } = "meta";

    /// <summary>Name of the database that every Milvus has (id 1). Default <c>default</c>.</summary>
    public string DefaultDatabase { get; set; } = "default";

    /// <summary>The source's <c>common.defaultPartitionName</c>. Default <c>_default</c>.</summary>
    public string DefaultPartition { get; set; } = "_default";

    /// <summary>Time within which a fence, or a call to etcd, must be done. Default 10 s; 100 ms to 5 min.</summary>
    public TimeSpan FenceTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause before a lost watch is opened again. Default 500 ms; 10 ms to 1 min.</summary>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Prefix of the newest state, with a slash at the end.</summary>
    internal string StatePrefix => $"{MetaRoot}root-coord/";

    /// <summary>Prefix of the dated copies, with a slash at the end.</summary>
    internal string SnapshotPrefix => $"{MetaRoot}snapshots/root-coord/";

    private string MetaRoot => string.Concat(
        new[] { RootPath, MetaSubPath }.Select(part => part.Trim('/')).Where(part => part.Length > 0).Select(part => part + "/"));
}
