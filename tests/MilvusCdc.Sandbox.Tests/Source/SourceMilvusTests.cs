using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Target.Wire;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;
using Messages = MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Sandbox.Tests.Source;

/// <summary>Rules of milvus-source-formats that the recorded session cannot show: ticks, late tombstones, other versions, what a refusal leaves.</summary>
public sealed class SourceMilvusTests
{
    private static readonly byte[] Tombstone = [0xE2, 0x9B, 0xBC];
    private readonly MemorySource _memory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Ticks_come_on_channels_in_use_only_and_once_more_after_the_drop()
    {
        await using SourceMilvus source = await StartAsync();
        await source.TickAsync();
        Assert.Empty(_memory.Records);

        await source.CreateCollectionAsync("", Schema("one"), new CollectionSettings(Shards: 2));
        await source.TickAsync();
        Assert.Equal(["t-rootcoord-dml_0", "t-rootcoord-dml_1"], Ticks().Select(tick => tick.Topic).Order());

        await source.DropCollectionAsync("", "one");
        ulong dropped = _memory.Records.Select(record => Base(record.Value)).Last(head => head.MsgType == MsgType.DropCollection).Timestamp;
        ulong last = await source.TickAsync();
        Assert.True(last > dropped);
        Assert.Equal(4, Ticks().Count);
        await source.TickAsync();
        Assert.Equal(4, Ticks().Count);
        Assert.Empty(source.ChannelsInUse);
    }

    [Fact]
    public async Task Whatever_a_tick_follows_on_its_channel_is_all_that_has_a_timestamp_up_to_it()
    {
        await using SourceMilvus source = await StartAsync();
        await source.CreateCollectionAsync("", Schema("one"), new CollectionSettings(Shards: 2));
        Task ticking = Task.Run(async () =>
        {
            for (int round = 0; round < 200; round++)
            {
                await source.TickAsync();
            }
        });
        for (int batch = 0; batch < 50; batch++)
        {
            await source.InsertAsync("", "one", Rows(batch * 10, 10));
            await source.UpsertAsync("", "one", Rows(batch * 10, 3));
        }

        await ticking;
        Dictionary<string, ulong> ticks = [];
        foreach (MemoryRecord record in _memory.Records)
        {
            MsgBase head = Base(record.Value);
            if (head.MsgType == MsgType.TimeTick)
            {
                ticks[record.Topic] = head.Timestamp;
            }
            else if (head.MsgType == MsgType.Insert)
            {
                Assert.All(Messages.InsertRequest.Parser.ParseFrom(record.Value).Timestamps, row => Assert.True(row > ticks.GetValueOrDefault(record.Topic)));
            }
        }
    }

    [Fact]
    public async Task An_upsert_is_inserts_without_a_timestamp_and_then_deletes_at_that_of_the_rows()
    {
        await using SourceMilvus source = await StartAsync();
        await source.CreateCollectionAsync("", Schema("one"));
        await source.InsertAsync("", "one", Rows(0, 4));
        int before = _memory.Records.Count;
        MutationResult upserted = await source.UpsertAsync("", "one", Rows(2, 4));

        MemoryRecord[] written = [.. _memory.Records.Skip(before)];
        Messages.InsertRequest insert = Messages.InsertRequest.Parser.ParseFrom(written[0].Value);
        Messages.DeleteRequest delete = Messages.DeleteRequest.Parser.ParseFrom(written[1].Value);
        Assert.Equal(2, written.Length);
        Assert.Equal((0ul, upserted.Timestamp, upserted.Timestamp), (insert.Base.Timestamp, insert.Timestamps[0], delete.Timestamps[0]));
        Assert.Equal([2L, 3L, 4L, 5L], delete.PrimaryKeys.IntId.Data);
        Assert.Equal(6, source.Rows("", "one").Rows.Count);
    }

    [Fact]
    public async Task Tombstones_come_late_the_collections_last_and_a_name_in_use_again_keeps_its_key()
    {
        await using SourceMilvus source = await StartAsync(options => options.TombstoneDelay = TimeSpan.FromMinutes(20));
        long first = await source.CreateCollectionAsync("", Schema("one"));
        await source.CreateAliasAsync("", "one", "kept");
        await source.CreateAliasAsync("", "one", "gone");
        await source.DropCollectionAsync("", "one");
        long second = await source.CreateCollectionAsync("", Schema("one"));
        await source.CreateAliasAsync("", "one", "kept");
        Assert.NotEqual(first, second);

        _time.Advance(TimeSpan.FromMinutes(19));
        await source.TickAsync();
        Assert.DoesNotContain(_memory.Keys.Values, value => value.SequenceEqual(Tombstone));

        _time.Advance(TimeSpan.FromMinutes(2));
        int before = _memory.Transactions.Count;
        await source.TickAsync();
        string[] buried = [.. _memory.Transactions.Skip(before).SelectMany(one => one).Where(one => one.Value!.SequenceEqual(Tombstone)).Select(one => one.Key)];
        Assert.Contains("t/meta/root-coord/database/aliases/1/gone", buried);
        Assert.DoesNotContain("t/meta/root-coord/database/aliases/1/kept", buried);
        Assert.Equal($"t/meta/root-coord/database/collection-info/1/{first}", buried[^2]);
        Assert.StartsWith($"t/meta/snapshots/root-coord/database/collection-info/1/{first}_ts", buried[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2.3.5", "", false, false, false)]
    [InlineData("2.3.15", "", false, true, false)]
    [InlineData("2.4.13", "", true, true, true)]
    [InlineData("2.5.4", "default", true, true, true)]
    public async Task Versions_differ_in_what_they_write(string version, string database, bool typed, bool partitionLoads, bool access)
    {
        await using SourceMilvus source = await StartAsync(options => options.Version = SourceVersion.Parse(version));
        SourceCalls calls = new(source, TimeProvider.System);
        await source.CreateCollectionAsync("", Schema("one"));
        await source.InsertAsync("", "one", Rows(0, 1));
        await source.CreateIndexAsync("", "one", "v", new Dictionary<string, string> { ["index_type"] = "FLAT", ["metric_type"] = "L2" });
        await source.LoadPartitionsAsync("", "one", ["_default"]);
        CreateRoleRequest role = new() { Entity = new RoleEntity { Name = "reader" } };
        await calls.HandleAsync("CreateRole", role.ToByteArray(), new Dictionary<string, string>(), default);

        MemoryRecord row = _memory.Records.First(record => Base(record.Value).MsgType == MsgType.Insert);
        Assert.Equal(database, Messages.InsertRequest.Parser.ParseFrom(row.Value).DbName);
        Assert.Equal(typed ? "Insert" : null, row.Properties.FirstOrDefault(one => one.Key == "msg_type").Value);
        Assert.Single(row.Properties, one => one.Key == "traceparent");
        HashSet<MsgType> operations = [.. _memory.Records.Where(record => record.Topic == "t-replicate-msg").Select(record => Base(record.Value).MsgType)];
        Assert.Equal(partitionLoads, operations.Contains(MsgType.LoadPartitions));
        Assert.Equal(access, operations.Contains(MsgType.CreateRole));
    }

    [Fact]
    public async Task A_refusal_has_Milvuss_code_and_leaves_no_trace()
    {
        await using SourceMilvus source = await StartAsync();
        await source.CreateCollectionAsync("", Schema("one"));
        int records = _memory.Records.Count, transactions = _memory.Transactions.Count;

        Assert.Equal(100, (await Assert.ThrowsAsync<RefusalException>(() => source.InsertAsync("", "nosuch", Rows(0, 1)))).Code);
        Assert.Equal(1100, (await Assert.ThrowsAsync<RefusalException>(() => source.InsertAsync("", "one", Rows(0, 1).Take(1)))).Code);
        await Assert.ThrowsAsync<RefusalException>(() => source.LoadCollectionAsync("", "one"));
        await Assert.ThrowsAsync<RefusalException>(() => source.DropPartitionAsync("", "one", "_default"));
        await source.CreateCollectionAsync("", Schema("one"));
        await source.DropCollectionAsync("", "nosuch");

        Assert.Equal((records, transactions), (_memory.Records.Count, _memory.Transactions.Count));
    }

    [Fact]
    public async Task A_large_insert_is_cut_into_messages_of_the_limit()
    {
        await using SourceMilvus source = await StartAsync(options => options.MaxMessageBytes = 10_000);
        await source.CreateCollectionAsync("", Schema("one"));
        await source.InsertAsync("", "one", Rows(0, 2000));

        Messages.InsertRequest[] inserts = [.. _memory.Records.Where(record => Base(record.Value).MsgType == MsgType.Insert).Select(record => Messages.InsertRequest.Parser.ParseFrom(record.Value))];
        Assert.True(inserts.Length > 3);
        Assert.Equal(2000, inserts.Sum(insert => (long)insert.NumRows));
        Assert.Single(inserts.Select(insert => insert.Base.Timestamp).Distinct());
        Assert.Equal(inserts.Length, inserts.Select(insert => insert.Base.MsgID).Distinct().Count());
    }

    [Fact]
    public async Task Rows_can_be_read_as_of_an_earlier_timestamp()
    {
        await using SourceMilvus source = await StartAsync();
        await source.CreateCollectionAsync("", Schema("one"));
        await source.InsertAsync("", "one", Rows(0, 5));
        ulong before = source.LastChange;
        await source.DeleteAsync("", "one", [0, 1]);

        Assert.Equal(5, source.Rows("", "one", before).Rows.Count);
        Assert.Equal(3, source.Rows("", "one").Rows.Count);
    }

    [Fact]
    public async Task A_silent_channel_gets_no_ticks_and_a_duplicate_comes_twice()
    {
        await using SourceMilvus source = await StartAsync();
        await source.CreateCollectionAsync("", Schema("one"), new CollectionSettings(Shards: 2));
        source.Faults.Silence("t-rootcoord-dml_0", true);
        await source.TickAsync();
        Assert.Equal(["t-rootcoord-dml_1"], Ticks().Select(tick => tick.Topic));

        source.Faults.DuplicateNext(1);
        int before = _memory.Records.Count;
        await source.DeleteAsync("", "one", [1]);
        MemoryRecord[] twice = [.. _memory.Records.Skip(before)];
        Assert.Equal(2, twice.Length);
        Assert.Equal(twice[0].Value, twice[1].Value);
    }

    private static CollectionSchema Schema(string name) => new()
    {
        Name = name,
        Fields =
        {
            new FieldSchema { Name = "id", DataType = DataType.Int64, IsPrimaryKey = true },
            new FieldSchema { Name = "v", DataType = DataType.FloatVector, TypeParams = { new KeyValuePair { Key = "dim", Value = "4" } } },
        },
    };

    private static IEnumerable<FieldData> Rows(long first, int count) =>
        [SourceColumn.Longs("id", Enumerable.Range(0, count).Select(row => first + row)), SourceColumn.FloatVectors("v", 4, Enumerable.Repeat(0.5f, count * 4))];

    private static MsgBase Base(byte[] value) => MsgHeader.Parser.ParseFrom(value).Base;

    private List<MemoryRecord> Ticks() => [.. _memory.Records.Where(record => Base(record.Value).MsgType == MsgType.TimeTick)];

    private Task<SourceMilvus> StartAsync(Action<SourceOptions>? set = null)
    {
        SourceOptions options = new() { RootPath = "t", ChannelPrefix = "t", ChannelCount = 4, TicksByItself = false };
        set?.Invoke(options);
        return SourceMilvus.StartAsync(options, _memory, _memory, _time);
    }
}
