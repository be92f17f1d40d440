using System.CommandLine;
using MilvusCdc.Sandbox.Commands;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // A file or a pipe: plain text, and wide enough for the table.
    AnsiConsole.Profile.Capabilities.Ansi = false;
    AnsiConsole.Profile.Width = 160;
}

// The children get some time to end when Ctrl-C or SIGTERM comes.
InvocationConfiguration configuration = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
RootCommand root = new("A source and a target Milvus for machines that have none: replays recorded sessions of a real Milvus through MilvusCdc and compares both sides, row by row.")
{
    ReplayCommand.Create(AnsiConsole.Console),
    DemoCommand.Create(AnsiConsole.Console),
    KillMatrixCommand.Create(AnsiConsole.Console),
    FaultMatrixCommand.Create(AnsiConsole.Console),
    GoApiCommand.Create(AnsiConsole.Console),
    UpCommand.Create(AnsiConsole.Console),
    LoadCommand.Create(AnsiConsole.Console),
    VerifyCommand.Create(AnsiConsole.Console),
    FaultCommand.Create(AnsiConsole.Console),
    SourceCommand.Create(AnsiConsole.Console),
    TargetCommand.Create(AnsiConsole.Console),
    BrokerCommand.Create(AnsiConsole.Console),
};
return await root.Parse(args).InvokeAsync(configuration);
