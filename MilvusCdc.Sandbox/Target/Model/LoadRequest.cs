namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>What of a collection is to be in memory, and whether it is.</summary>
internal sealed class LoadRequest(int replicas)
{
    public int Replicas { get; } = replicas;

    /// <summary>Loaded as a whole: partitions made later are loaded too.</summary>
    public bool Whole { get; set; }

    public HashSet<long> Partitions { get; } = [];

    public bool Done { get; set; }
}
