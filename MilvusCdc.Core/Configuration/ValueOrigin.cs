using Microsoft.Extensions.Configuration;
using MilvusCdc.Core.Configuration.GoConfig;

namespace MilvusCdc.Core.Configuration;

/// <summary>Where a value comes from, in words.</summary>
internal static class ValueOrigin
{
    /// <summary>For example <c>environment variable Cdc__Api__MaxTasks</c>; null: nobody stated the key, or nobody knows who.</summary>
    public static string? Of(IConfiguration configuration, string key)
    {
        if (configuration is not IConfigurationRoot root)
        {
            return null;
        }

        string name = configuration.GetSection(key).GetChildren().FirstOrDefault()?.Path ?? key;
        foreach (IConfigurationProvider provider in root.Providers.Reverse())
        {
            if (provider.TryGet(name, out string? value) && value is not null)
            {
                return Describe(provider, name);
            }
        }

        return null;
    }

    private static string? Describe(IConfigurationProvider provider, string key)
    {
        // The providers of .NET are packages that this room does not need otherwise; their names are enough.
        string type = provider.GetType().Name;
        return provider is GoConfigProvider go ? go.OriginOf(key)
            : type.StartsWith("EnvironmentVariables", StringComparison.Ordinal) ? $"environment variable {key.Replace(":", "__", StringComparison.Ordinal)}"
            : type.StartsWith("CommandLine", StringComparison.Ordinal) ? "command line"
            : type.StartsWith("Json", StringComparison.Ordinal) && provider.ToString() is { } text && text.Split('\'') is [_, var file, ..] ? file
            : null;
    }
}
