using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Server.Commands;

/// <summary>Says at the start which file of the Go tool counts, and what in it does not.</summary>
internal static partial class ConfigurationLog
{
    public static void LogConfiguration(this WebApplication app)
    {
        ConfigurationReport report = CdcOptionsReader.Describe(app.Configuration);
        foreach (string file in report.GoFiles)
        {
            LogFile(app.Logger, file);
        }

        foreach (string warning in report.Warnings)
        {
            LogWarning(app.Logger, warning);
        }
    }

    [LoggerMessage(3101, LogLevel.Information, "The Go tool's configuration file {File} is read; environment variables, appsettings and the command line win over it")]
    private static partial void LogFile(ILogger logger, string file);

    [LoggerMessage(3102, LogLevel.Warning, "{Sentence}")]
    private static partial void LogWarning(ILogger logger, string sentence);
}
