using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Replay;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary>One replay as a person sees it; the commands <c>replay</c> and <c>demo</c> share it.</summary>
internal static class ReplayRun
{
    public static async Task<ReplaySession> StartAsync(IAnsiConsole console, ReplayOptions options, CancellationToken cancellation)
    {
        console.MarkupLineInterpolated($"Starting etcd, broker, target and server for the recording [bold]{options.Recording.Name}[/]...");
        ReplaySession session = await ReplaySession.StartAsync(options, cancellation);
        PrintAddresses(console, session);
        return session;
    }

    /// <summary>Feeds, waits, compares, prints. True when everything is equal and nothing was sent that would have harmed a real target.</summary>
    public static async Task<bool> RunAsync(IAnsiConsole console, ReplaySession session, TimeSpan timeout, string? json, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp();
        TaskReport task = await WatchAsync(console, session, timeout, cancellation);
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        console.MarkupLineInterpolated($"The task has caught up after {took.TotalSeconds:0.0} s (frontier {HybridTime.Moment(task.Frontier):yyyy-MM-dd HH:mm:ss.fff} of source time). Reading the target back...");
        foreach (string topic in session.Feeder.ShiftedTopics)
        {
            console.MarkupLineInterpolated($"[yellow]Topic {topic} of the recording has records missing or doubled: its offsets are not those that were recorded.[/]");
        }

        ComparisonReport report = await session.CompareAsync(cancellation);
        ComparisonTable.Print(console, report);
        string[] poisons = [.. session.Target.Milvus.Poisons.Select(poison => poison.ToString())];
        foreach (string poison in poisons)
        {
            console.MarkupLineInterpolated($"[red]A real target would have been harmed:[/] {poison}");
        }

        if (json is not null)
        {
            await ComparisonTable.WriteAsync(json, report, poisons, cancellation);
        }

        bool equal = report.AllEqual && poisons.Length == 0;
        console.MarkupLine(equal ? "[green]Source and target are equal.[/]" : "[red]Source and target are not equal.[/]");
        return equal;
    }

    public static void PrintAddresses(IAnsiConsole console, ReplaySession session)
    {
        console.MarkupLineInterpolated($"  dashboard and API  [bold]{session.Server.Address}[/]");
        console.MarkupLineInterpolated($"  target             {session.Target.Address}");
        console.MarkupLineInterpolated($"  source's etcd      {session.Etcd.Endpoint}");
        console.MarkupLineInterpolated($"  source's broker    {session.Source.Address}");
    }

    private static async Task<TaskReport> WatchAsync(IAnsiConsole console, ReplaySession session, TimeSpan timeout, CancellationToken cancellation)
    {
        // Without a terminal there is nothing to redraw.
        if (!console.Profile.Capabilities.Interactive)
        {
            return await session.RunAsync(timeout, null, cancellation);
        }

        return await console.Status().StartAsync("Feeding the recording...", context => session.RunAsync(timeout, (feed, task) => context.Status(Line(feed, task)), cancellation));
    }

    private static string Line(FeedProgress feed, TaskReport task) => Markup.Escape(
        $"{feed.Fed:N0} of {feed.Total:N0} events fed | {task.Phase} | frontier {(task.Frontier == 0 ? "-" : HybridTime.Moment(task.Frontier).ToString("HH:mm:ss.fff", null))}"
        + (task.LagMs is { } lag ? $" | {lag:N0} ms of source time behind" : "") + (task.Reason is { } reason ? $" | {reason}" : ""));
}
