using Microsoft.Extensions.Configuration;

namespace MilvusCdc.Core.Configuration.GoConfig;

/// <summary>Makes the Go tool's configuration file count.</summary>
public static class GoConfiguration
{
    /// <summary>The file that the Go tool reads, relative to the working directory.</summary>
    public const string StandardPath = "configs/cdc.yaml";

    /// <summary>The key under which another path may be stated.</summary>
    public const string PathKey = "Cdc:GoConfig";

    /// <summary>
    /// Reads the file, if there is one, below all other sources: whatever appsettings, environment variables or the command line state wins. Its mistakes and warnings are
    /// told with those of all other settings. A path that was stated must be one of a file.
    /// </summary>
    public static T AddGoConfiguration<T>(this T builder)
        where T : IConfigurationBuilder, IConfiguration
    {
        string? stated = builder[PathKey];
        if (stated is not null || File.Exists(StandardPath))
        {
            builder.Sources.Insert(0, new GoConfigSource(GoConfigReader.Read(stated ?? StandardPath)));
        }

        return builder;
    }
}
