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
    private static readonly int LogMiB = LongTests.Wanted ? 256 : 128;

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
        await source.WriteAsync("large", LogMiB);
        long memoryMost = 0, attempts = 0;
        List<(string Phase, string? Reason)> seen = [];
        await WaitsAsync(api, task);
        long began = TimeProvider.System.GetTimestamp(), read = fetched.Bytes - before, memoryAtFirst = MemoryOf(bed.Workers[0].Server);
        while (TimeProvider.System.GetElapsedTime(began) < Stall)
        {
            TaskReport report = await api.GetAsync(task, CancellationToken.None);
            if (seen.Count == 0 || seen[^1].Phase != report.Phase)
            {
                seen.Add((report.Phase, report.Reason));
                attempts += report.Phase == "Retrying" ? 1 : 0;
            }

            memoryMost = Math.Max(memoryMost, MemoryOf(bed.Workers[0].Server));
            await Task.Delay(500);
        }

        long readAtEnd = fetched.Bytes - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"stalled for {Stall.TotalSeconds} s, log {LogMiB} MiB, budget {BudgetMiB} MiB: fetched {read >> 20} MiB until the task told it, {readAtEnd >> 20} MiB in all with {attempts} further attempts; "
            + $"resident memory {memoryBefore >> 20} MiB before, {memoryAtFirst >> 20} MiB when told, at most {memoryMost >> 20} MiB after"));
        seen.ForEach(one => output.WriteLine($"{one.Phase}: {one.Reason}"));

        // A further attempt reads its budget again.
        Assert.InRange(readAtEnd, 1, (attempts + 1) * (BudgetMiB + 8L) << 20);
        Assert.InRange(memoryMost - memoryBefore, long.MinValue, 6L * BudgetMiB << 20);
        Assert.All(seen, one => Assert.True(one.Phase is "Retrying" or "Starting" || one.Reason is not null, $"{one.Phase} without a word"));

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

    private static Dictionary<string, string> Settings(string key) => new() { [key] = BudgetMiB.ToString(CultureInfo.InvariantCulture) };

    private static async Task<MatrixBed> StartAsync(LargeLog source)
    {
        MatrixBed bed = await MatrixBed.StartAsync(new MatrixBedOptions { Workload = source }, CancellationToken.None);
        await source.PrepareAsync(bed.Etcd.Endpoint, bed.Broker, CancellationToken.None);
        return bed;
    }

    /// <summary>Until the task says itself that it waits for its target.</summary>
    private static Task WaitsAsync(TaskApi api, string task) =>
        Replays.UntilAsync(async () => (await api.GetAsync(task, CancellationToken.None)).Reason?.StartsWith("the target has not acknowledged", StringComparison.Ordinal) == true);

    private static Task PassesAsync(TaskApi api, string task, ulong frontier) =>
        Replays.UntilAsync(async () => (await api.GetAsync(task, CancellationToken.None)).Frontier >= frontier);

    /// <summary>Resident bytes of a server's process.</summary>
    private static long MemoryOf(ServerProcess server)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(server.Process.Id);
        return process.WorkingSet64;
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
