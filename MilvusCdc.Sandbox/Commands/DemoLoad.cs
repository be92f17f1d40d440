using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Replay;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary>The second half of the demo: a source in use, one line a second, and a comparison every few seconds while the rows rest.</summary>
internal static class DemoLoad
{
    private const int LinesBetweenComparisons = 10;

    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CatchUpTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Goes on until it is cancelled. True when every comparison found both sides equal.</summary>
    public static async Task<bool> RunAsync(IAnsiConsole console, ReplaySession session, CancellationToken cancellation)
    {
        LiveLoad load = LiveLoad.TryCreate(session.History, session.Source.Append, TimeProvider.System)
            ?? throw new SandboxException("The recording ends without a collection that rows can be made for (an int64 key chosen by the client, plain types).");
        ReplayRun.PrintAddresses(console, session);
        console.MarkupLineInterpolated($"The source goes on: inserts, upserts and deletes in [bold]{load.Collection}[/]. Ctrl-C stops everything.");
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task writing = load.RunAsync(stop.Token);
        bool allEqual = true;
        string verdict = "not compared yet";
        try
        {
            for (int line = 1; !cancellation.IsCancellationRequested; line++)
            {
                await Task.Delay(LineInterval, TimeProvider.System, cancellation);
                if (line % LinesBetweenComparisons == 0)
                {
                    TableVerdict table = await CompareAsync(session, load, cancellation);
                    allEqual &= table.Verdict == TableOutcome.Equal;
                    verdict = table.Verdict == TableOutcome.Equal ? $"equal ({table.Equal:N0} rows)" : $"NOT EQUAL ({string.Join("; ", table.Examples)})";
                }

                TaskReport task = await session.GetTaskAsync(cancellation);
                if (task.NeedsAPerson)
                {
                    throw new SandboxException($"The task is {task.Phase}: {task.Reason ?? "the server gives no reason"}");
                }

                (long inserted, long upserted, long deleted) = load.Counts;
                console.WriteLine($"{inserted,6:N0} inserted {upserted,5:N0} upserted {deleted,5:N0} deleted | {task.Phase}, {task.LagMs ?? 0:N0} ms behind | last comparison: {verdict}");
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            console.WriteLine("Stopping...");
        }
        finally
        {
            await stop.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return allEqual;
    }

    private static async Task<TableVerdict> CompareAsync(ReplaySession session, LiveLoad load, CancellationToken cancellation)
    {
        load.Resting = true;
        try
        {
            await session.WaitAsync(load.LastRow, CatchUpTimeout, Task.CompletedTask, null, cancellation);
            string[] name = load.Collection.Split('/', 2);
            using TargetReader reader = new(session.Target.Address);
            CollectionRows found = await reader.ReadAsync(name[0], name[1], cancellation), expected = load.Expected;
            return TableComparer.Compare(
                new Dictionary<string, CollectionRows> { [expected.Name] = expected }, new Dictionary<string, CollectionRows> { [found.Name] = found }).Tables[0];
        }
        finally
        {
            load.Resting = false;
        }
    }
}
