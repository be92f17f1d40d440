using MilvusCdc.Sandbox.Source;

namespace MilvusCdc.Sandbox.Live;

/// <summary>What a sandbox is made of.</summary>
public sealed class UpOptions
{
    /// <summary>The source's version. Default 2.3.5.</summary>
    public SourceVersion Version { get; init; } = SourceVersion.Recorded;

    /// <summary>Physical channels of each side. Default 16.</summary>
    public int Channels { get; init; } = 16;

    /// <summary>Where the parts keep their data; null: a folder that is deleted in the end.</summary>
    public string? Folder { get; init; }

    /// <summary>Path of <c>MilvusCdc.Server.dll</c>; null: where the build puts it.</summary>
    public string? ServerPath { get; init; }

    /// <summary>Gets the parts' log lines, each as <c>[part] line</c>; null: nobody does.</summary>
    public Action<string>? Log { get; init; }
}
