using System.CommandLine;
using MilvusCdc.Cli;
using MilvusCdc.Cli.Commands;

return await CommandLine.RunAsync(args, Surroundings.Real, CancellationToken.None);

namespace MilvusCdc.Cli
{
    /// <summary>All of cdcctl.</summary>
    internal static class CommandLine
    {
        /// <summary>Runs one command; the exit code is one of <see cref="ExitCode"/>.</summary>
        public static async Task<int> RunAsync(string[] arguments, Surroundings surroundings, CancellationToken cancellation)
        {
            RootCommand root = Make(surroundings);
            ParseResult parsed = root.Parse(arguments);
            InvocationConfiguration configuration = new() { Output = surroundings.Out, Error = surroundings.Error, EnableDefaultExceptionHandler = false };
            int exitCode = await parsed.InvokeAsync(configuration, cancellation);

            // What the parser itself refuses ends with 1 there.
            return parsed.Errors.Count > 0 ? ExitCode.Usage : exitCode;
        }

        /// <summary>The tree of commands.</summary>
        public static RootCommand Make(Surroundings surroundings)
        {
            Verb verb = new(surroundings);
            RootCommand root = new("Controls MilvusCdc through its API. Ends with 0 when it is done, 1 when the server refuses, 2 for a wrong command line, 3 when the server cannot be used, 4 when there is no such thing, 5 when the token does not allow it, 6 when waiting took too long.")
            {
                GlobalOptions.Server,
                GlobalOptions.TokenFile,
                GlobalOptions.Json,
                GlobalOptions.Timeout,
                TaskCommands.Make(verb),
                PlanCommand.Make(verb),
                CheckpointCommands.Make(verb),
                LetterCommands.Make(verb),
            };
            foreach (Command command in WatchCommands.Make(verb).Concat(ServerCommands.Make(verb)).Concat(LocalCommands.Make(surroundings)))
            {
                root.Add(command);
            }

            return root;
        }
    }
}
