using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Workloads;
using MilvusPair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Two tasks of one target that share its only pchannel: a fault of one must not become a fault of the other.</summary>
public class SharedTargetTests
{
    private static readonly string[] Names = ["left", "right"];

    [Fact]
    public async Task Task_whose_topic_has_no_broker_then_the_other_task_goes_on()
    {
        RandomWorkload workload = new(seed: 1, leastSteps: 0);
        await using MatrixBed bed = await MatrixBed.StartAsync(
            new MatrixBedOptions { Workload = workload, Target = new StandInOptions { ChannelCount = 1 } }, CancellationToken.None);
        await workload.PrepareAsync(bed.Etcd.Endpoint, bed.Source, CancellationToken.None);
        SourceMilvus source = workload.Source;
        foreach (string name in Names)
        {
            await source.CreateCollectionAsync("", Schema(name));
        }

        TaskApi api = bed.Workers[0].Api;
        string[] tasks = [await api.CreateAsync(bed.Target.Address, "default", "left", CancellationToken.None), await api.CreateAsync(bed.Target.Address, "default", "right", CancellationToken.None)];
        await WriteAsync(source, 0);
        await PassesAsync(api, tasks, source.LastChange);

        // Rows of the left task are on the way when its topic's broker goes.
        bed.Broker.Faults.LeaderlessTopics = new HashSet<string>(source.Describe("", "left").Channels);
        for (int round = 1; round <= (LongTests.Wanted ? 100 : 20); round++)
        {
            await WriteAsync(source, round);
            await Task.Delay(100);
        }

        ulong during = source.LastChange;
        await PassesAsync(api, [tasks[1]], during);
        TaskReport left = await api.GetAsync(tasks[0], CancellationToken.None);
        Assert.True(left.Frontier < during, "the left task's topic was meant to be away");
        using TargetReader reader = new(bed.Target.Address);
        Assert.Equal(source.Rows("", "right").Rows.Count, (await reader.ReadAsync("default", "right", CancellationToken.None)).Rows.Count);

        bed.Broker.Faults.LeaderlessTopics = new HashSet<string>();
        await PassesAsync(api, tasks, source.LastChange);
        ComparisonReport report = workload.Compare(await bed.ReadTargetAsync(CancellationToken.None));
        Assert.True(report.AllEqual, Replays.Describe(report));
        Assert.Empty(bed.Target.Milvus.Poisons);
    }

    private static async Task PassesAsync(TaskApi api, IEnumerable<string> tasks, ulong frontier)
    {
        using CancellationTokenSource patience = new(Replays.Patience);
        foreach (string task in tasks)
        {
            TaskReport report;
            while ((report = await api.GetAsync(task, CancellationToken.None)).Frontier < frontier)
            {
                Assert.False(patience.IsCancellationRequested, $"{report} does not come to {frontier}");
                await Task.Delay(50);
            }
        }
    }

    private static async Task WriteAsync(SourceMilvus source, int round)
    {
        foreach (string name in Names)
        {
            long[] keys = [.. Enumerable.Range(round * 10, 10)];
            await source.InsertAsync("", name, [SourceColumn.Longs("id", keys), SourceColumn.FloatVectors("vector", 4, keys.SelectMany(key => new float[] { key, 1, 2, 3 }))]);
            if (round % 3 == 2)
            {
                await source.DeleteAsync("", name, keys[..3].Select(key => key - 10));
            }
        }
    }

    private static CollectionSchema Schema(string name) => new()
    {
        Name = name,
        Fields =
        {
            new FieldSchema { Name = "id", DataType = DataType.Int64, IsPrimaryKey = true },
            new FieldSchema { Name = "vector", DataType = DataType.FloatVector, TypeParams = { new MilvusPair { Key = "dim", Value = "4" } } },
        },
    };
}
