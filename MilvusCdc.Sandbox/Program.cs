using System.CommandLine;
using MilvusCdc.Sandbox.Commands;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // In a file or a pipe nothing needs to fit a screen.
    AnsiConsole.Profile.Width = 200;
}

// The children get some time to end when Ctrl-C or SIGTERM comes.
InvocationConfiguration configuration = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
RootCommand root = new("A source and a target Milvus for machines that have none: replays recorded sessions of a real Milvus through MilvusCdc and compares both sides, row by row.")
{
    ReplayCommand.Create(AnsiConsole.Console),
    DemoCommand.Create(AnsiConsole.Console),
};
return await root.Parse(args).InvokeAsync(configuration);
