using System.Globalization;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Sandbox.Target;
using InsertRequest = MilvusCdc.Protocol.Milvus.Msg.InsertRequest;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>
/// What rows, deletes and repeats become when ticks pass (target-behaviour.md §3, §11, §12). Steps: "I500 1=7#3" inserts key 1 with value 7 at 500 in message
/// 3, "D500 1" deletes it, "T600" is a tick; "+" joins elements to one call.
/// </summary>
public class TickWindowTests
{
    [Theory]
    [InlineData("I500 1=1; D490 1; T600", "1=1", 1)]
    [InlineData("I500 1=1; D500 1; T600", "1=1", 1)]
    [InlineData("I500 1=1; D510 1; T600", "", 0)]
    [InlineData("I500 1=1; T500; D510 1; T600", "", 0)]
    [InlineData("D500 1 + I500 1=2 + T600", "1=2", 1)]
    [InlineData("I500 1=2 + D500 1 + T600", "1=2", 1)]
    [InlineData("I400 1=1; T450; D500 1 + I500 1=2; T600", "1=2", 1)]
    [InlineData("I400 1=1; T450; I500 1=2 + D500 1; T600", "1=2", 1)]
    [InlineData("I500 1=1 + D501 1 + T600", "", 0)]
    [InlineData("D501 1 + I500 1=1 + T600", "", 0)]
    [InlineData("D501 1; T500; I500 1=1; T600", "", 0)]
    [InlineData("D501 1; T520; I500 1=1; T600", "1=1", 1)]
    [InlineData("I500 1=1; D510 1; I520 1=2; T600", "1=2", 1)]
    [InlineData("D500 1 + D500 2; I400 1=1 + I400 2=1; T600", "", 0)]
    [InlineData("I400 1=1 + I400 2=1; T450; D510 1; D500 2; T600", "", 0)]
    public async Task Deletes_remove_rows_with_a_smaller_timestamp(string steps, string rows, long count) => await RunAsync(steps, rows, count);

    [Theory]
    [InlineData("I500 1=1#7; I500 1=1#7; T600", "1=1", 1)]
    [InlineData("I500 1=1#7; T600; I500 1=1#7; T700", "1=1", 2)]
    [InlineData("I500 1=1#7; T600; I500 1=1#7; T600; I500 1=1#7; T700", "1=1", 2)]
    [InlineData("I500 1=1#7; I500 1=2#8; T600", "1=1", 2)]
    [InlineData("I500 1=1; I510 1=2; T600", "1=1", 2)]
    [InlineData("I500 1=1; I510 1=2; T600; D700 1; T700", "", 0)]
    [InlineData("I500 1=1#1; I510 2=1#2; T100; I500 1=1#1; T200; I510 2=1#2; T600", "1=1 2=1", 2)]
    [InlineData("I500 1=1#1; I510 2=1#2; T500; I510 2=1#2; T600", "1=1 2=1", 2)]
    [InlineData("I50 1=1; T60; D300 1#5; I310 1=2#6; T200; D300 1#5; I310 1=2#6; T250; D300 1#5; I310 1=2#6; T400", "1=2", 1)]
    public async Task Repeats_count_once_until_a_tick_has_passed_them(string steps, string rows, long count) => await RunAsync(steps, rows, count);

    [Theory]
    [InlineData("I500 1=1", "", 0)]
    [InlineData("I900 1=1; T800", "", 0)]
    [InlineData("I900 1=1; T800; T900", "1=1", 1)]
    [InlineData("I500 1=1; T600; T100; I300 2=2; T550", "1=1", 1)]
    [InlineData("I500 1=1; T600; I300 2=2; T601", "1=1 2=2", 2)]
    public async Task Rows_appear_with_the_first_newer_tick_at_or_above_them(string steps, string rows, long count) => await RunAsync(steps, rows, count);

    [Theory]
    [InlineData("I100 1=1 + I100 2=1; T150; D500 1; T500; D450 2; T510", "2=1")]
    [InlineData("I100 1=1 + I100 2=1; T150; D500 1; T500; D500 2; T501", "2=1")]
    public async Task A_delete_that_is_not_newer_than_one_of_an_earlier_tick_is_lost_and_reported(string steps, string rows)
    {
        StandInMilvus milvus = await RunAsync(steps, rows, 1, StandInMode.AsRecorded);

        Assert.Equal(PoisonKind.LateDelete, Assert.Single(milvus.Poisons).Kind);
    }

    [Fact]
    public async Task A_delete_that_comes_late_but_would_remove_nothing_is_no_poison()
    {
        StandInMilvus milvus = await RunAsync("I100 1=1; T150; D500 1; T500; D450 2; D500 1; T510", "", 0);

        Assert.Empty(milvus.Poisons);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_window_merged_to_one_insert_and_one_delete_gives_the_same_rows(bool deleteFirst)
    {
        (ulong At, long Key, long Value)[] inserts = [(101, 1, 1), (102, 2, 1), (103, 3, 1), (105, 1, 2), (106, 4, 1), (108, 3, 3), (110, 5, 1), (112, 2, 4)];
        (ulong At, long Key)[] deletes = [(104, 1), (107, 3), (109, 4), (112, 2), (111, 9)];
        string oneByOne = string.Join("; ", inserts.Select(i => (i.At, $"I{i.At} {i.Key}={i.Value}")).Concat(deletes.Select(d => (d.At, $"D{d.At} {d.Key}")))
            .OrderBy(s => s.Item1).Select(s => s.Item2));
        await RunAsync(oneByOne + "; T200", "1=2 2=4 3=3 5=1", 4);

        StandInMilvus milvus = new(new StandInOptions());
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync();
        InsertRequest insert = driver.Insert(c, 1, 0, inserts.Select(i => (object)i.Key));
        var delete = driver.Delete(c, 1, deletes.Select(d => d.Key));
        for (int i = 0; i < inserts.Length; i++)
        {
            insert.Timestamps[i] = inserts[i].At;
            insert.FieldsData[1].Scalars.LongData.Data[i] = inserts[i].Value;
        }

        delete.Timestamps.Clear();
        delete.Timestamps.Add(deletes.Select(d => d.At));
        await driver.ReplicateAsync(c.PhysicalChannelNames[0], deleteFirst ? [delete, insert] : [insert, delete]);
        await driver.ReplicateAsync(c.PhysicalChannelNames[0], TargetDriver.Tick(200));

        Assert.Equal("1=2 2=4 3=3 5=1", await driver.RowsAsync("c"));
        Assert.Equal(4, await driver.CountAsync("c"));
    }

    [Fact]
    public async Task A_delete_reaches_its_partition_only_and_minus_one_reaches_all()
    {
        StandInMilvus milvus = new();
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync();
        await driver.DoAsync("CreatePartition", new CreatePartitionRequest { CollectionName = "c", PartitionName = "p" });
        long p = milvus.Snapshot().Databases["default"].Collections["c"].Partitions[1].Id;
        string channel = c.PhysicalChannelNames[0];
        await driver.ReplicateAsync(channel, driver.Insert(c, 10, 1, [1L, 2L]), driver.Insert(c, 10, 2, [1L, 2L], partition: p));
        await driver.ReplicateAsync(channel, driver.Delete(c, 20, [1], partition: p), driver.Delete(c, 20, [2]), TargetDriver.Tick(30));

        StoredRow row = Assert.Single(milvus.Dump("default", "c"));

        Assert.Equal(("_default", 1L, 10UL), (row.Partition, (long)row.Values["id"]!, row.Timestamp));
    }

    private static async Task<StandInMilvus> RunAsync(string steps, string rows, long count, StandInMode mode = StandInMode.Strict)
    {
        StandInMilvus milvus = new(new StandInOptions { Mode = mode });
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse collection = await driver.ReadyAsync();
        foreach (string call in steps.Split(';', StringSplitOptions.TrimEntries))
        {
            await driver.ReplicateAsync(collection.PhysicalChannelNames[0], call.Split('+', StringSplitOptions.TrimEntries).Select(s => Element(driver, collection, s)).ToArray());
        }

        Assert.Equal(rows, await driver.RowsAsync("c"));
        Assert.Equal(count, await driver.CountAsync("c"));
        Assert.Equal(count, milvus.Dump("default", "c").Count);
        return milvus;
    }

    private static IMessage Element(TargetDriver driver, DescribeCollectionResponse collection, string step)
    {
        string[] parts = step.Split(' ', '#', '=');
        ulong timestamp = ulong.Parse(parts[0][1..], CultureInfo.InvariantCulture);
        long? messageId = step.Contains('#', StringComparison.Ordinal) ? long.Parse(parts[^1], CultureInfo.InvariantCulture) : null;
        return step[0] switch
        {
            'I' => driver.Insert(collection, timestamp, long.Parse(parts[2], CultureInfo.InvariantCulture), [long.Parse(parts[1], CultureInfo.InvariantCulture)], messageId: messageId),
            'D' => driver.Delete(collection, timestamp, [long.Parse(parts[1], CultureInfo.InvariantCulture)], messageId: messageId),
            _ => TargetDriver.Tick(timestamp),
        };
    }
}
