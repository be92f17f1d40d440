namespace MilvusCdc.Core.Target;

/// <summary>Names of vchannels: <c>PCHANNEL_COLLECTIONvSHARD</c> (milvus-source-formats, section 2).</summary>
internal static class VirtualChannel
{
    /// <summary>The pchannel that a vchannel lives on.</summary>
    public static string PhysicalOf(string vchannel)
    {
        int cut = vchannel.LastIndexOf('_');
        return cut > 0 ? vchannel[..cut] : vchannel;
    }

    /// <summary>The shard's number, for sorting a target's answer; a name without one sorts last.</summary>
    public static int ShardOf(string vchannel)
    {
        int cut = vchannel.LastIndexOf('v');
        return cut >= 0 && int.TryParse(vchannel.AsSpan(cut + 1), out int shard) ? shard : int.MaxValue;
    }
}
