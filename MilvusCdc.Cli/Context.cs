using System.Text.Json;
using System.Text.Json.Nodes;
using MilvusCdc.Cli.Output;
using Spectre.Console;

namespace MilvusCdc.Cli;

/// <summary>Where a command prints, and what it may know of its surroundings.</summary>
/// <param name="Out">Answers.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Environment">Environment variables.</param>
/// <param name="Input">What is typed or piped in.</param>
/// <param name="Width">Columns of the terminal; null: as the terminal says.</param>
internal sealed record Surroundings(TextWriter Out, TextWriter Error, Func<string, string?> Environment, TextReader Input, int? Width = null)
{
    /// <summary>The real ones.</summary>
    public static Surroundings Real => new(Console.Out, Console.Error, System.Environment.GetEnvironmentVariable, Console.In);

    /// <summary>A console for tables.</summary>
    public IAnsiConsole Open(bool live)
    {
        bool terminal = ReferenceEquals(Out, Console.Out) && !Console.IsOutputRedirected;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Out),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal && Environment("NO_COLOR") is null or "" ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = live && terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (Width is { } columns || !terminal)
        {
            console.Profile.Width = Width ?? 200;
        }

        return console;
    }
}

/// <summary>What the options that all commands share come to.</summary>
internal sealed class Context(Surroundings surroundings, ApiClient api, bool json) : IDisposable
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ApiClient Api => api;

    public bool Json => json;

    public Surroundings Surroundings => surroundings;

    /// <summary>Prints an answer: as JSON for scripts, or as <paramref name="people"/> see it.</summary>
    public int Show(JsonNode answer, Action<IAnsiConsole> people, int exitCode = ExitCode.Done)
    {
        if (json)
        {
            surroundings.Out.WriteLine(answer.ToJsonString(s_indented));
        }
        else
        {
            people(surroundings.Open(live: false));
        }

        return exitCode;
    }

    /// <summary>Prints one sentence for people, and the answer for scripts.</summary>
    public int Say(JsonNode answer, string sentence, int exitCode = ExitCode.Done) => Show(answer, console => console.WriteLine(sentence), exitCode);

    /// <summary>Prints a table.</summary>
    public int Table(JsonNode answer, Func<Tables> table, int exitCode = ExitCode.Done) => Show(answer, console => table().Print(console), exitCode);

    public void Dispose() => api.Dispose();
}
