using System.CommandLine;
using System.Text.Json.Nodes;

namespace MilvusCdc.Cli.Commands;

/// <summary>Makes commands: each opens the server, runs, and turns whatever goes wrong into a sentence and an exit code.</summary>
internal sealed class Verb(Surroundings surroundings)
{
    private const int Interrupted = 130;

    /// <summary>A command that talks to the server.</summary>
    public Command Make(string name, string description, Func<ParseResult, Context, CancellationToken, Task<int>> run, params Symbol[] symbols)
    {
        Command command = new(name, description);
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Option option)
            {
                command.Add(option);
            }
            else if (symbol is Argument argument)
            {
                command.Add(argument);
            }
        }

        command.SetAction((parsed, cancellation) => RunAsync(parsed, run, cancellation));
        return command;
    }

    /// <summary>A command that only holds others.</summary>
    public static Command Group(string name, string description, params Command[] commands)
    {
        Command group = new(name, description);
        foreach (Command command in commands)
        {
            group.Add(command);
        }

        return group;
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<ParseResult, Context, CancellationToken, Task<int>> run, CancellationToken cancellation)
    {
        try
        {
            using Context context = GlobalOptions.Open(parsed, surroundings);
            return await run(parsed, context, cancellation);
        }
        catch (ApiException refused)
        {
            return Fail(parsed, refused.Message, refused.ExitCode, refused.Problem);
        }
        catch (UsageException wrong)
        {
            return Fail(parsed, wrong.Message, ExitCode.Usage, problem: null);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Interrupted;
        }
    }

    private int Fail(ParseResult parsed, string message, int exitCode, JsonObject? problem)
    {
        if (parsed.GetValue(GlobalOptions.Json))
        {
            surroundings.Out.WriteLine((problem ?? new JsonObject { ["detail"] = message }).ToJsonString());
        }
        else
        {
            surroundings.Error.WriteLine(message);
        }

        return exitCode;
    }
}
