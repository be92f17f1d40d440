using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Configuration.GoConfig;
using MilvusCdc.Core.TakeOver;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Server.Commands;

/// <summary>What the program can do instead of serving. Settings come from where they always come from.</summary>
internal sealed class ServerCommand
{
    private const string CheckConfig = "--check-config";
    private const string TakeOver = "--take-over";
    private const string Apply = "apply";
    private const int Done = 0, Incomplete = 1, Failed = 2;

    private readonly Func<IConfiguration, CancellationToken, Task<int>> _run;
    private readonly string[] _settings;

    private ServerCommand(string[] settings, Func<IConfiguration, CancellationToken, Task<int>> run) => (_settings, _run) = (settings, run);

    /// <summary>The command that the arguments ask for; null: none, the server is to run.</summary>
    public static ServerCommand? Find(string[] arguments)
    {
        int takeOver = Array.IndexOf(arguments, TakeOver);
        if (takeOver >= 0)
        {
            bool apply = takeOver + 1 < arguments.Length && arguments[takeOver + 1] is Apply;
            return new ServerCommand(
                [.. arguments.Where((argument, index) => index != takeOver && !(apply && index == takeOver + 1))], (configuration, cancellation) => TakeOverAsync(configuration, apply, cancellation));
        }

        return arguments.Contains(CheckConfig)
            ? new ServerCommand([.. arguments.Where(static argument => argument is not CheckConfig)], static (configuration, _) => CheckAsync(configuration))
            : null;
    }

    /// <summary>The exit code: 0 done, 1 not everything could be done, 2 a mistake. Ctrl-C ends it.</summary>
    public async Task<int> RunAsync()
    {
        using CancellationTokenSource stop = new();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        return await _run(WebApplication.CreateSlimBuilder(_settings).Configuration.AddGoConfiguration(), stop.Token);
    }

    private static async Task<int> CheckAsync(IConfiguration configuration)
    {
        ConfigurationReport report = CdcOptionsReader.Describe(configuration, options => ListenerCheck.FindMistake(configuration, options.Api));
        await Console.Out.WriteAsync(report.ToText());
        return report.Mistakes.Count == 0 ? Done : Failed;
    }

    private static async Task<int> TakeOverAsync(IConfiguration configuration, bool apply, CancellationToken cancellation)
    {
        CdcOptions options = CdcOptionsReader.Read(configuration);
        try
        {
            TakeOverReport report = await new TakeOverRun(options, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(apply, cancellation);
            await Console.Out.WriteAsync(report.ToText());
            return report.IsComplete ? Done : Incomplete;
        }
        catch (Exception fault) when (fault is EtcdException or SourceLogException or Core.Engine.ReplicationStoppedException or Core.Source.Catalog.CatalogException or Core.Source.Catalog.CatalogUnavailableException)
        {
            await Console.Error.WriteLineAsync(TakeOverRun.Explain(fault));
            return Failed;
        }
    }
}
