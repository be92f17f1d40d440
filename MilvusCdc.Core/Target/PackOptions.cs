namespace MilvusCdc.Core.Target;

/// <summary>How a pack for one target pchannel is filled.</summary>
public sealed class PackOptions
{
    /// <summary>Bytes after which a pack is closed. Default 1 MiB; 64 KiB to 48 MiB (Milvus's proxy receives at most 64 MiB).</summary>
    public int MaximumBytes { get; set; } = 1 << 20;

    /// <summary>Elements after which a pack is closed. Default 256; each costs the target a broker round trip.</summary>
    public int MaximumElements { get; set; } = 256;
}
