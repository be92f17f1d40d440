using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Doors;
using MilvusCdc.Sandbox.Live;
using MilvusCdc.Sandbox.Processes;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary>A running sandbox as a person sees it; <c>up</c> and <c>demo</c> share it.</summary>
internal static class UpRun
{
    private const int LinesBetweenComparisons = 10;
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ComparisonPatience = TimeSpan.FromSeconds(20);

    /// <summary>Starts everything and goes on until it is cancelled. True when the last comparison found both sides equal.</summary>
    /// <param name="console">Where it shows.</param>
    /// <param name="options">What it is made of.</param>
    /// <param name="load">What is written all the time; null: nothing.</param>
    /// <param name="file">Where the addresses go, for the other commands.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<bool> RunAsync(IAnsiConsole console, UpOptions options, LoadOptions? load, string file, CancellationToken cancellation)
    {
        console.MarkupLine("Starting etcd, broker, source, target and server...");
        long began = TimeProvider.System.GetTimestamp();
        await using UpSession session = await UpSession.StartAsync(options, cancellation);
        await session.Addresses.WriteAsync(file, cancellation);
        try
        {
            console.MarkupLineInterpolated($"Up after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s.");
            PrintWhatToTry(console, session.Addresses);
            return await WatchAsync(console, session, load, cancellation);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void PrintWhatToTry(IAnsiConsole console, UpAddresses addresses)
    {
        console.MarkupLineInterpolated($"  dashboard and API  [bold]{addresses.Server}[/]");
        console.MarkupLineInterpolated($"  source Milvus      [bold]{addresses.Source}[/]   write to it with any SDK");
        console.MarkupLineInterpolated($"  target Milvus      [bold]{addresses.Target}[/]   read it with any SDK");
        console.MarkupLineInterpolated($"  source's etcd      {addresses.Etcd}");
        console.MarkupLineInterpolated($"  source's broker    {addresses.Broker}");
        console.WriteLine("In another terminal, in this folder (sandbox = dotnet MilvusCdc.Sandbox/bin/Release/net10.0/sandbox.dll):");
        console.WriteLine("  sandbox load --rate 500 --duration 30 --collection more");
        console.WriteLine("  sandbox fault target down on      the target is gone: the task retries; 'down off' brings it back");
        console.WriteLine("  sandbox fault broker refuse on    the source's log cannot be read or written; 'refuse off' brings it back");
        console.WriteLine("  sandbox fault etcd compact        the source's history is thrown away");
        console.WriteLine("  sandbox verify                    compares both sides row by row, while they are in use");
        console.WriteLine("Ctrl-C stops everything.");
    }

    private static async Task<bool> WatchAsync(IAnsiConsole console, UpSession session, LoadOptions? load, CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using LoadRun? writer = load is null ? null : new LoadRun(session.Addresses.Source, load);
        Task writing = writer is null ? Task.CompletedTask : WriteAsync(writer, stop.Token);
        using Status status = new(session.Addresses);
        bool equal = true;
        try
        {
            for (int line = 1; !cancellation.IsCancellationRequested; line++)
            {
                await Task.Delay(LineInterval, TimeProvider.System, cancellation);
                if (await session.ReviveAsync(cancellation) is { } news)
                {
                    console.MarkupLineInterpolated($"[yellow]{news}[/]");
                }

                if (line % LinesBetweenComparisons == 0)
                {
                    equal = await status.CompareAsync(ComparisonPatience, cancellation);
                }

                Show(console, await status.LineAsync(cancellation));
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            console.WriteLine();
            console.WriteLine("Stopping...");
        }
        finally
        {
            await stop.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return equal;
    }

    /// <summary>One line that moves for a person; one line a second, never broken, for a file.</summary>
    private static void Show(IAnsiConsole console, string text)
    {
        int width = console.Profile.Width - 1;
        console.Profile.Out.Writer.Write(console.Profile.Capabilities.Interactive ? $"\r{text.PadRight(width)[..width]}" : text + "\n");
        console.Profile.Out.Writer.Flush();
    }

    private static async Task WriteAsync(LoadRun writer, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await writer.PrepareAsync(cancellation);
                await writer.RunAsync(cancellation);
                return;
            }
            catch (Exception fault) when (fault is MilvusException or GrpcException)
            {
                // A fault was switched on before the collection was there.
                await Task.Delay(LineInterval, TimeProvider.System, cancellation);
            }
        }
    }

    /// <summary>The status line, and what it needs.</summary>
    private sealed class Status(UpAddresses addresses) : IDisposable
    {
        private readonly DoorClient _source = new(addresses.SourceDoor);
        private readonly DoorClient _target = new(addresses.TargetDoor);
        private readonly TaskApi _api = new(addresses.Server);
        private readonly Verifier _verifier = new(addresses);
        private string _verdict = "not compared yet";

        public async Task<string> LineAsync(CancellationToken cancellation)
        {
            try
            {
                DoorState source = await _source.StateAsync(cancellation), target = await _target.StateAsync(cancellation);
                TaskReport task = await _api.GetAsync(addresses.Task, cancellation);
                string lag = task.LagMs is { } behind ? $"{behind:N0} ms behind" : "lag not known";
                string poison = target.Poisons.Count == 0 ? "" : $" | {target.Poisons.Count} messages would have harmed a real target";
                return $"source {source.Rows,8:N0} rows | target {target.Rows,8:N0} rows | {task.Phase}, {lag} | {_verdict}{(task.Reason is { } reason ? $" | {reason}" : "")}{poison}";
            }
            catch (SandboxException fault)
            {
                return fault.Message;
            }
        }

        public async Task<bool> CompareAsync(TimeSpan patience, CancellationToken cancellation)
        {
            try
            {
                (_, ComparisonReport report) = await _verifier.CompareAsync(patience, cancellation);
                _verdict = report.AllEqual ? $"equal ({report.Tables.Sum(table => table.Equal):N0} rows)" : $"NOT EQUAL: {string.Join("; ", report.Tables.SelectMany(table => table.Examples).Take(2))}";
                return report.AllEqual;
            }
            catch (SandboxException)
            {
                _verdict = "not equal yet";
                return false;
            }
        }

        public void Dispose()
        {
            _source.Dispose();
            _target.Dispose();
            _api.Dispose();
            _verifier.Dispose();
        }
    }
}
