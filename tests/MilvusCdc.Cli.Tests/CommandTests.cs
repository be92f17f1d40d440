using System.Text.Json.Nodes;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Cli.Tests;

public sealed class CommandTests(CliBed bed) : IClassFixture<CliBed>
{
    [Fact]
    public async Task Task_lives_by_commands()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true });
        string address = target.Address.GetLeftPart(UriPartial.Authority);
        Fits(await bed.RunAsync("tasks", "create", "--id", "a", "--target", address, "--include", "default.books", "--map", "default.books=default.novels"), 0, "The task 'a' is created.");
        await bed.PhaseAsync("a", TaskPhase.Streaming);
        Fits(await bed.RunAsync("tasks", "list"), 0, "Streaming", address);
        Fits(await bed.RunAsync("tasks", "show", "a"), 0, "default.books to default.novels");
        Fits(await bed.RunAsync("tasks", "progress", "a"), 0, "The target could not take over now:", "not everything of the source is on the target yet");
        Fits(await bed.RunAsync("tasks", "collections", "a"), 0, "no collections yet");
        Fits(await bed.RunAsync("watch", "--count", "1"), 0, "Streaming");
        Fits(await bed.RunAsync("watch", "a", "--count", "2", "--every", "0.1", "--json"), 0, "\"id\":\"a\"");
        Fits(await bed.RunAsync("tasks", "change", "a", "--metadata", "Ignore", "--if-match", "\"stale\""), 1, "(task.changed)");
        Fits(await bed.RunAsync("tasks", "change", "a", "--metadata", "Ignore"), 0, "is changed");
        Fits(await bed.RunAsync("tasks", "pause", "a", "--reason", "lunch", "--wait"), 0, "is in phase Paused.");
        Fits(await bed.RunAsync("tasks", "retry-now", "a"), 1, "is paused; resume it");
        Fits(await bed.RunAsync("tasks", "resume", "a", "--wait"), 0, "is in phase Streaming.");
        Fits(await bed.RunAsync(["tasks", "delete", "a"], "hands", input: "b\n"), 2, "Nothing is deleted.");
        Fits(await bed.RunAsync("tasks", "delete", "a", "--yes", "--wait"), 0, "The task 'a' is gone.");
        Fits(await bed.RunAsync("operations", "list", "--task", "a"), 0, "task.delete", "hands", "Refused");
        Fits(await bed.RunAsync("tasks", "show", "a"), 4, "There is no task 'a'. (task.unknown)");
    }

    [Fact]
    public async Task Letters_checkpoints_workers_and_notes_are_commands_too()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true });
        Fits(await bed.RunAsync("tasks", "create", "--id", "b", "--target", target.Address.GetLeftPart(UriPartial.Authority), "--include", "default.types", "--skip-plan", "--paused"), 0, "created");
        await bed.PhaseAsync("b", TaskPhase.Paused);
        Fits(await bed.RunAsync("letters", "list", "b"), 0, "There are no dead letters.");
        Fits(await bed.RunAsync("letters", "show", "b", "dml_0@1"), 4, "(letter.unknown)");
        Fits(await bed.RunAsync("letters", "skip", "b", "dml_0@1", "--note", "why"), 4, "(letter.unknown)");
        Fits(await bed.RunAsync("letters", "permit", "b", "dml_0@1"), 1, "(letter.state)");
        Fits(await bed.RunAsync("checkpoint", "show", "b"), 4, "(checkpoint.unknown)");
        Fits(await bed.RunAsync(["checkpoint", "set", "b", "--position", "dml_0=9"], "hands", input: "other\n"), 1, "(confirmation.missing)");
        Fits(await bed.RunAsync("checkpoint", "set", "b", "--position", "nonsense", "--confirm", "b"), 2, "allowed is channel=position");
        Fits(await bed.RunAsync("operations", "notes", "b"), 0, "Nothing was done by hand.");
        Fits(await bed.RunAsync("workers", "list"), 0, "worker-1", "running");
        Fits(await bed.RunAsync("workers", "drain", "nobody"), 4, "(worker.unknown)");
        Fits(await bed.RunAsync("me"), 0, "hands", "Operator");
        Fits(await bed.RunAsync("version"), 0, "MilvusCdc");
        Fits(await bed.RunAsync("tasks", "delete", "b", "-y", "--wait"), 0, "gone");
    }

    [Fact]
    public async Task Events_are_printed_one_a_line()
    {
        Task<Ran> events = bed.RunAsync("events", "--types", "operation", "--count", "1");

        // Whoever comes later hears the next one.
        await Eventually.TrueAsync(
            async () =>
            {
                await bed.RunAsync("workers", "undrain", "worker-1");
                return events.IsCompleted;
            },
            "an event is printed");

        JsonNode line = JsonNode.Parse((await events).Output)!;
        Assert.Equal(("operation", "worker.undrain"), ((string?)line["type"], (string?)line["data"]!["action"]));
    }

    [Fact]
    public async Task Exit_codes_tell_scripts_what_kind_of_trouble_it_is()
    {
        Fits(await bed.RunAsync(["tasks", "list"], token: null), 5, "A token is needed");
        Fits(await bed.RunAsync(["tasks", "list"], "eyes"), 0);
        Fits(await bed.RunAsync(["tasks", "pause", "x"], "eyes"), 5, "needs the role Operator");
        Fits(await bed.RunAsync(["tasks", "list"], "hands", server: "http://127.0.0.1:1"), 3, "Connection refused", "CDCCTL_SERVER");
        Fits(await bed.RunAsync(["tasks", "list"], "hands", server: "nonsense"), 2, "The server is 'nonsense'");
        Fits(await bed.RunAsync("tasks", "list", "--state", "Asleep"), 2);
        Fits(await bed.RunAsync("nonsense"), 2);
        Ran refused = await bed.RunAsync("tasks", "create", "--id", "-", "--include", "x", "--json");
        Assert.Equal((1, "body.invalid"), (refused.ExitCode, (string?)JsonNode.Parse(refused.Output)!["code"]));
        Fits(await bed.RunAsync("tasks", "create", "--id", "-", "--include", "x"), 1, "/id:", "/target/address: is missing", "/collections/include:");
    }

    [Theory]
    [InlineData("bash", "complete -F _cdcctl cdcctl")]
    [InlineData("zsh", "compdef _cdcctl cdcctl")]
    [InlineData("fish", "complete -c cdcctl")]
    public async Task Shells_get_completion(string shell, string part) => Fits(await bed.RunAsync("completion", shell), 0, part);

    [Fact]
    public async Task Completion_and_tokens_need_no_server()
    {
        Fits(await bed.RunAsync("[suggest:6]", "tasks "), 0, "pause", "retry-now");
        JsonNode token = JsonNode.Parse((await bed.RunAsync("token", "--json")).Output)!;
        Assert.Equal(64, ((string)token["sha256"]!).Length);
        Assert.Equal((string?)token["sha256"], Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes((string)token["token"]!))));
    }

    internal static void Fits(Ran ran, int exitCode, params string[] parts)
    {
        Assert.True(ran.ExitCode == exitCode, $"expected exit code {exitCode}: {ran}");
        Assert.All(parts, part => Assert.Contains(part, ran.Output + ran.Error, StringComparison.Ordinal));
    }
}
