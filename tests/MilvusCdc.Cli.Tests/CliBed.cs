using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Tests.Plan;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Cli.Tests;

/// <summary>A server with a recorded source, its real planner, and an engine that replicates nothing; and cdcctl before it.</summary>
public sealed class CliBed : IAsyncLifetime
{
    private PlanBed _source = null!;
    private WebApplication _app = null!;

    internal SteeredEngine Engine { get; } = new();

    internal string Address => _app.Urls.Single();

    internal TaskStore Store => _app.Services.GetRequiredService<TaskStore>();

    public async Task InitializeAsync()
    {
        _source = await PlanBed.StartAsync();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        foreach ((string key, string? value) in _source.Settings)
        {
            builder.Configuration[key] = value;
        }

        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Configuration["Cdc:Worker:Name"] = "worker-1";
        foreach ((string name, string role, int index) in (IEnumerable<(string, string, int)>)[("eyes", "Reader", 0), ("hands", "Operator", 1)])
        {
            builder.Configuration[$"Cdc:Api:Tokens:{index}:Name"] = name;
            builder.Configuration[$"Cdc:Api:Tokens:{index}:Role"] = role;
            builder.Configuration[$"Cdc:Api:Tokens:{index}:Sha256"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        }

        builder.Services.AddSingleton<IReplicationEngine>(Engine);
        builder.AddApi();
        builder.AddWorker();
        _app = builder.Build();
        _app.MapApi();
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _source.DisposeAsync();
    }

    /// <summary>Runs cdcctl against the server.</summary>
    internal Task<Ran> RunAsync(params string[] arguments) => RunAsync(arguments, token: "hands");

    internal async Task<Ran> RunAsync(string[] arguments, string? token, string input = "", string? server = null)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        using StringReader typed = new(input);
        Dictionary<string, string?> environment = new() { ["CDCCTL_SERVER"] = server ?? Address, ["CDCCTL_TOKEN"] = token };
        Surroundings surroundings = new(output, error, environment.GetValueOrDefault, typed, Width: 180);
        int exitCode = await CommandLine.RunAsync(arguments, surroundings, CancellationToken.None);
        return new Ran(exitCode, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }

    internal Task PhaseAsync(string task, TaskPhase phase) => Eventually.TrueAsync(async () => (await Store.FindStatusAsync(task, default))?.Phase == phase, $"'{task}' is {phase}");
}

/// <summary>What a run printed and how it ended.</summary>
internal sealed record Ran(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}{Error}";
}
