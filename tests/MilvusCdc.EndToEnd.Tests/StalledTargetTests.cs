using System.Globalization;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Target;
using Xunit.Abstractions;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>
/// A target that takes no rows for a while: the log is left unread, memory stays flat, the task says what it waits for, and everything arrives in the end. The long form stalls for 10 minutes.
/// </summary>
public class StalledTargetTests(ITestOutputHelper output)
{
    private const string Replicate = "ReplicateMessage";
    private const int BudgetMiB = 16;

    private static readonly TimeSpan Stall = LongTests.Wanted ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(12);
    private static readonly int LogMiB = LongTests.Wanted ? 256 : 96;

    [Fact]
    public async Task Target_that_stalls_then_the_log_is_left_unread_and_everything_arrives_when_it_goes_on()
    {
        LargeLog source = new(Settings("Cdc__Reading__TaskMiB"));
        await using MatrixBed bed = await StartAsync(source);
        Fetched fetched = new(bed.Broker);
        await source.CreateAsync("large");
        TaskApi api = bed.Workers[0].Api;
        string task = await api.CreateAsync(bed.Target.Address, CancellationToken.None);
        await source.WriteAsync("large", 1);
        await PassesAsync(api, task, source.End);

        bed.Target.Milvus.Faults.Stall(Replicate);
        long before = fetched.Bytes, memoryBefore = MemoryOf(bed.Workers[0].Server);
        Watch watch = new(api, task, bed.Workers[0].Server);
        await source.WriteAsync("large", LogMiB);
        await WaitsAsync(api, task);
        await Task.Delay(Stall);
        await watch.EndAsync();
        TaskReport stalled = await api.GetAsync(task, CancellationToken.None);

        long read = fetched.Bytes - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"stalled for {Stall.TotalSeconds} s and the time it took to write the log of {LogMiB} MiB; budget {BudgetMiB} MiB: fetched {read >> 20} MiB in {watch.Attempts} attempts; "
            + $"resident memory {memoryBefore >> 20} MiB before, at most {watch.MostMemory >> 20} MiB"));
        foreach ((string phase, string? reason) in watch.Seen)
        {
            output.WriteLine($"{phase}: {reason}");
        }

        // Further attempts find out that the target stalls before they read anything.
        Assert.InRange(read, 1, (BudgetMiB + 8L) << 20);
        Assert.InRange(watch.MostMemory - memoryBefore, long.MinValue, 8L * BudgetMiB << 20);
        Assert.Contains(watch.Seen, one => one.Reason is not null);

        // What is not read counts for the lag all the same.
        Assert.InRange(stalled.Head, source.End, ulong.MaxValue);
        Assert.InRange(stalled.Frontier, 1UL, source.End - 1);

        bed.Target.Milvus.Faults.GoOn(Replicate);
        await PassesAsync(api, task, source.End);
        ComparisonReport compared = source.Compare(await bed.ReadTargetAsync(CancellationToken.None));
        Assert.True(compared.AllEqual, Replays.Describe(compared));
        Assert.All(compared.Tables, table => Assert.Equal((table.Expected, 0L), (table.Found, table.Doubled)));
        Assert.Empty(bed.Target.Milvus.Poisons);
    }

    [Fact]
    public async Task Two_tasks_share_the_budget_then_the_one_whose_target_stalls_does_not_starve_the_other()
    {
        LargeLog source = new(Settings("Cdc__Reading__ProcessMiB"));
        await using MatrixBed bed = await StartAsync(source);
        await using TargetServer other = await TargetServer.StartAsync();
        await source.CreateAsync("left");
        await source.CreateAsync("right");
        TaskApi api = bed.Workers[0].Api;
        string left = await api.CreateAsync(bed.Target.Address, "default", "left", CancellationToken.None);
        await source.WriteAsync("left", 1);
        await PassesAsync(api, left, source.End);

        // Alone it may take all that the process has.
        bed.Target.Milvus.Faults.Stall(Replicate);
        await source.WriteAsync("left", 2 * BudgetMiB);
        await WaitsAsync(api, left);
        string right = await api.CreateAsync(other.Address, "default", "right", CancellationToken.None);
        for (int round = 0; round < 4; round++)
        {
            await source.WriteAsync("right", BudgetMiB / 2);
            await source.WriteAsync("left", BudgetMiB / 4);
        }

        await PassesAsync(api, right, source.End);
        using (TargetReader reader = new(other.Address))
        {
            Assert.Equal(source.Source.Rows("", "right").Rows.Count, (await reader.ReadAsync("default", "right", CancellationToken.None)).Rows.Count);
        }

        bed.Target.Milvus.Faults.GoOn(Replicate);
        await PassesAsync(api, left, source.End);
        using TargetReader last = new(bed.Target.Address);
        Assert.Equal(source.Source.Rows("", "left").Rows.Count, (await last.ReadAsync("default", "left", CancellationToken.None)).Rows.Count);
    }

    private static Dictionary<string, string> Settings(string key) => new()
    {
        [key] = BudgetMiB.ToString(CultureInfo.InvariantCulture),

        // Resident memory shall say something on machines of many cores too.
        ["DOTNET_gcServer"] = "0",
    };

    private static async Task<MatrixBed> StartAsync(LargeLog source)
    {
        MatrixBed bed = await MatrixBed.StartAsync(new MatrixBedOptions { Workload = source }, CancellationToken.None);
        await source.PrepareAsync(bed.Etcd.Endpoint, bed.Source, CancellationToken.None);
        return bed;
    }

    /// <summary>Until the task says itself that it waits for its target.</summary>
    private static Task WaitsAsync(TaskApi api, string task) =>
        Replays.UntilAsync(async () => (await api.GetAsync(task, CancellationToken.None)).Reason is { } reason
            && (reason.Contains("has not acknowledged", StringComparison.Ordinal) || reason.Contains("did not answer in time", StringComparison.Ordinal)));

    private static Task PassesAsync(TaskApi api, string task, ulong frontier) =>
        Replays.UntilAsync(async () => (await api.GetAsync(task, CancellationToken.None)).Frontier >= frontier);

    /// <summary>Resident bytes of a server's process.</summary>
    private static long MemoryOf(ServerProcess server)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(server.Process.Id);
        return process.WorkingSet64;
    }

    /// <summary>What a task says of itself, and the memory of its worker, from now on.</summary>
    private sealed class Watch
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _watching;

        public Watch(TaskApi api, string task, ServerProcess server) => _watching = Task.Run(() => LookOnAsync(api, task, server));

        public List<(string Phase, string? Reason)> Seen { get; } = [];

        public long MostMemory { get; private set; }

        public int Attempts { get; private set; } = 1;

        public async Task EndAsync()
        {
            await _stop.CancelAsync();
            await _watching;
            _stop.Dispose();
        }

        private async Task LookOnAsync(TaskApi api, string task, ServerProcess server)
        {
            while (!_stop.IsCancellationRequested)
            {
                TaskReport report = await api.GetAsync(task, CancellationToken.None);
                if (Seen.Count == 0 || Seen[^1].Phase != report.Phase || (Seen[^1].Reason is null) != (report.Reason is null))
                {
                    Attempts += report.Phase == "Retrying" ? 1 : 0;
                    Seen.Add((report.Phase, report.Reason));
                }

                MostMemory = Math.Max(MostMemory, MemoryOf(server));
                await Task.Delay(200, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What a broker has sent.</summary>
    private sealed class Fetched
    {
        private long _bytes;

        public Fetched(KafkaBroker broker)
        {
            Func<FetchedRecords, ValueTask>? before = broker.Faults.FetchObserver;
            broker.Faults.FetchObserver = fetch =>
            {
                Interlocked.Add(ref _bytes, fetch.Sent ? fetch.Bytes : 0);
                return before?.Invoke(fetch) ?? ValueTask.CompletedTask;
            };
        }

        public long Bytes => Interlocked.Read(ref _bytes);
    }
}
