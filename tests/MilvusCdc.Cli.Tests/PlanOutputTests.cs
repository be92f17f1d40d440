using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MilvusCdc.Core.Tests.Plan;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Cli.Tests;

/// <summary><c>cdcctl plan</c> against targets that are as they should not be; docs/cdcctl.md shows what these runs print.</summary>
public sealed partial class PlanOutputTests(CliBed bed) : IClassFixture<CliBed>
{
    private const string Document = "docs/cdcctl.md";

    [Fact]
    public async Task Ordinary_instance()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { TtMsgEnabled = true });
        await ShownAsync("ordinary instance", 1, target.Address, "it is an ordinary instance", "set common.ttMsgEnabled: false");
    }

    [Fact]
    public async Task Target_that_is_down()
    {
        using KeptPort nobody = KeptPort.Take();
        await ShownAsync("target that is down", 1, nobody.Address, "Connection refused", "check that the target runs");
    }

    [Fact]
    public async Task Wrong_tls_name()
    {
        await using TlsTarget target = await TlsTarget.StartAsync("milvus.internal");
        await ShownAsync("wrong TLS name", 1, target.Address, ["--tls-authority", target.AuthorityFile], "the certificate is not for '127.0.0.1': it is for 'milvus.internal'");
    }

    [Fact]
    public async Task Clash_on_the_target()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true });
        await Clash.CreateAsync(target.Address, "books");
        await ShownAsync("clash", 1, target.Address, "the target already has a collection of this name that differs");
    }

    [Fact]
    public async Task Target_that_is_ready()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true });
        await ShownAsync("ready", 0, target.Address, "Accepted: no errors");
    }

    private Task ShownAsync(string name, int exitCode, Uri target, params string[] parts) => ShownAsync(name, exitCode, target, [], parts);

    private async Task ShownAsync(string name, int exitCode, Uri target, string[] options, params string[] parts)
    {
        string address = target.GetLeftPart(UriPartial.Authority);
        Ran ran = await bed.RunAsync(["plan", "--target", address, "--include", "default.books", "--include", "shop.*", .. options], "hands");
        CommandTests.Fits(ran, exitCode, parts);

        string printed = Masked(ran.Output, target);
        string path = Path.Combine(Repository.Root, Document);
        string text = await File.ReadAllTextAsync(path);
        string begin = $"<!-- output: {name} -->\n```\n";
        int from = text.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(from >= 0, $"{Document} has no block '{name}'");
        from += begin.Length;
        int to = text.IndexOf("\n```", from, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("MILVUSCDC_WRITE_DOCS") == "1" && text[from..to] != printed)
        {
            await File.WriteAllTextAsync(path, text[..from] + printed + text[to..]);
            return;
        }

        Assert.Equal(text[from..to], printed);
    }

    // What differs from one run to the next: ports, and how long ago the recording was made.
    private static string Masked(string printed, Uri target)
    {
        string text = printed.Replace(target.Authority, target.Scheme == "https" ? "10.0.0.7:19531" : "10.0.0.7:19530", StringComparison.Ordinal).Replace("127.0.0.1", "10.0.0.7", StringComparison.Ordinal);
        text = Age().Replace(text, "(3 days)");
        return string.Join('\n', text.Split('\n').Select(static line => line.TrimEnd())).Trim('\n');
    }

    [GeneratedRegex(@"\([0-9.]+ (days|hours|minutes)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Age();
}
