using MilvusCdc.Core.Source;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Timeline;

namespace MilvusCdc.Core.Engine;

/// <summary>Settings of the replication engine.</summary>
public sealed class EngineOptions
{
    /// <summary>What is read ahead.</summary>
    public SourceReaderOptions Reading { get; set; } = new();

    /// <summary>What is sent ahead of the frontier.</summary>
    public PipelineOptions Pipeline { get; set; } = new();

    /// <summary>How calls are filled.</summary>
    public PackOptions Packs { get; set; } = new();

    /// <summary>Time that a stop has to reach a cut; then it stops where it is, which loses nothing. Default 30 s; 1 s to 10 min.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
