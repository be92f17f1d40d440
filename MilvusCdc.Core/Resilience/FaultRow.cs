namespace MilvusCdc.Core.Resilience;

/// <summary>Where a fault comes from.</summary>
internal enum FaultSource
{
    /// <summary>The target answered with a Milvus status; the code is Milvus's.</summary>
    Milvus,

    /// <summary>The target answered with one of the older Milvus codes, alone or beside a newer one that says nothing.</summary>
    MilvusLegacy,

    /// <summary>A gRPC call to the target failed; the code is the gRPC status.</summary>
    Grpc,

    /// <summary>The source's or our own etcd; the code is the kind of fault.</summary>
    Etcd,

    /// <summary>The source's broker; the code is the kind of fault.</summary>
    Broker,

    /// <summary>This process or its machine; the code is a <see cref="LocalFault"/>.</summary>
    Local,
}

/// <summary>What can go wrong on this side of every connection.</summary>
internal enum LocalFault
{
    /// <summary>Something that nobody thought of.</summary>
    Unexpected,

    /// <summary>A call was given up because it took too long.</summary>
    Timeout,

    /// <summary>A connection broke.</summary>
    Connection,

    /// <summary>The other side's certificate, or ours, is not accepted.</summary>
    Certificate,

    /// <summary>A target that failed again and again is left alone for a moment.</summary>
    Paused,

    /// <summary>A disk of this machine is full.</summary>
    DiskFull,

    /// <summary>A file is missing or may not be read.</summary>
    File,

    /// <summary>This process has no memory left.</summary>
    Memory,

    /// <summary>The configuration is wrong.</summary>
    Configuration,

    /// <summary>A secret is not where a task or the configuration says that it is.</summary>
    Secret,

    /// <summary>Another worker owns the task.</summary>
    Ownership,

    /// <summary>The source's metadata is not what it must be.</summary>
    Catalog,

    /// <summary>The source's metadata cannot be read now.</summary>
    CatalogAway,

    /// <summary>A message of the source that no Milvus could have written.</summary>
    Malformed,
}

/// <summary>One row: which codes of which source, what happens, and the words.</summary>
/// <param name="Source">Where the fault comes from.</param>
/// <param name="Codes">Its codes; empty: every code.</param>
/// <param name="Action">What happens.</param>
/// <param name="Kind">A stable word for metrics.</param>
/// <param name="Impact">What it means for the task.</param>
/// <param name="NextStep">What a person can do; empty: nothing needs to be done.</param>
internal sealed record FaultRow(FaultSource Source, int[] Codes, FaultAction Action, string Kind, string Impact, string NextStep)
{
    /// <summary>The answer must hold one of these texts; empty: any. Only where a code alone says too little: texts differ between versions.</summary>
    public string[] Says { get; init; } = [];

    /// <summary>Whether the row is meant.</summary>
    public bool Fits(FaultSource source, int code, string words) =>
        Source == source && (Codes.Length == 0 || Codes.Contains(code)) && (Says.Length == 0 || Says.Any(text => words.Contains(text, StringComparison.OrdinalIgnoreCase)));
}
