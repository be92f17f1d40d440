using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.Security;

/// <summary>Says at the start when the API is open to other machines without a login.</summary>
internal sealed partial class ListenerWarning(CdcOptions options, IConfiguration configuration, ILogger<ListenerWarning> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Api is { AsksForTokens: false, AllowAnonymous: true })
        {
            IReadOnlyList<string> open = ListenAddresses.BeyondThisMachine(configuration);
            LogOpen(logger, open.Count == 0 ? "this machine" : string.Join(", ", open));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(3102, LogLevel.Warning, "The API asks nobody for a token (Cdc:Api:AllowAnonymous): whoever reaches {Addresses} may create, change and delete tasks. See docs/security.md")]
    private static partial void LogOpen(ILogger logger, string addresses);
}
