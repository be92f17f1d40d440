namespace MilvusCdc.Sandbox.Source;

/// <summary>How one source stand-in behaves.</summary>
public sealed class SourceOptions
{
    /// <summary>First element of every etcd key. Default "by-dev".</summary>
    public string RootPath { get; set; } = "by-dev";

    /// <summary>Second element of every metadata key. Default "meta".</summary>
    public string MetaSubPath { get; set; } = "meta";

    /// <summary>First part of every topic's name. Default "by-dev".</summary>
    public string ChannelPrefix { get; set; } = "by-dev";

    /// <summary>How many physical channels there are; 1 to 256. Default 16.</summary>
    public int ChannelCount { get; set; } = 16;

    /// <summary>Which Milvus it is; decides what differs between versions. Default 2.3.5.</summary>
    public SourceVersion Version { get; set; } = SourceVersion.Recorded;

    /// <summary>Time between two rounds of ticks. Default 200 ms.</summary>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>False: ticks come only when <see cref="SourceMilvus.TickAsync"/> is called. Default true.</summary>
    public bool TicksByItself { get; set; } = true;

    /// <summary>
    /// How long after a drop the keys of a collection or partition become tombstones. Default 20 min, as a real Milvus at the earliest. Done with the first tick after that time.
    /// </summary>
    public TimeSpan TombstoneDelay { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>Largest Insert message in bytes (an estimate, as in Milvus); null: 5 MiB in 2.3, 2 MiB from 2.4.</summary>
    public int? MaxMessageBytes { get; set; }

    /// <summary>Name of the channel on which the source publishes its operations.</summary>
    public string ReplicateChannel => ChannelPrefix + "-replicate-msg";

    internal string MetaRoot => $"{RootPath}/{MetaSubPath}/";

    /// <summary>Throws <see cref="ArgumentException"/> that names every setting out of range.</summary>
    internal void Check()
    {
        List<string> wrong = [];
        if (ChannelCount is < 1 or > 256)
        {
            wrong.Add($"{nameof(ChannelCount)} is {ChannelCount} and must be 1 to 256");
        }

        if (TickInterval <= TimeSpan.Zero)
        {
            wrong.Add($"{nameof(TickInterval)} is {TickInterval} and must be more than nothing");
        }

        if (RootPath.Length == 0 || MetaSubPath.Length == 0 || ChannelPrefix.Length == 0)
        {
            wrong.Add($"{nameof(RootPath)}, {nameof(MetaSubPath)} and {nameof(ChannelPrefix)} must not be empty");
        }

        if (wrong.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", wrong));
        }
    }
}
