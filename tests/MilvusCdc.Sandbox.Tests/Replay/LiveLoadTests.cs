using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Tests.Recordings;

namespace MilvusCdc.Sandbox.Tests.Replay;

public sealed class LiveLoadTests
{
    private readonly RecordedHistory _history = RecordedHistory.Read(RecordingFolders.Open("kafka-2.3.5"));
    private readonly List<(string Topic, byte[] Value)> _log = [];

    [Fact]
    public void Rounds_add_up_to_what_is_expected()
    {
        LiveLoad load = Start(TimeProvider.System);
        for (int round = 0; round < 200; round++)
        {
            load.Round();
        }

        // Replayed by hand: the newest insert of a key counts, unless a delete is newer.
        Dictionary<long, (ulong Timestamp, Row Row)> rows = [];
        Dictionary<long, ulong> deletes = [];
        foreach (byte[] value in _log.Select(entry => entry.Value))
        {
            switch (MsgHeader.Parser.ParseFrom(value).Base.MsgType)
            {
                case MsgType.Insert:
                    InsertRequest insert = InsertRequest.Parser.ParseFrom(value);
                    Assert.All(insert.FieldsData.Single(column => column.FieldName == "id").Scalars.LongData.Data, key =>
                        Assert.EndsWith($"v{ShardHash.ShardOf(key, 2)}", insert.ShardName, StringComparison.Ordinal));
                    foreach ((SortedDictionary<string, string> fields, ulong timestamp) in ColumnValues.ToRows(insert.FieldsData, (int)insert.NumRows).Zip(insert.Timestamps))
                    {
                        rows[long.Parse(fields["id"], null)] = (timestamp, new Row(insert.PartitionName, fields));
                    }

                    break;
                case MsgType.Delete:
                    DeleteRequest delete = DeleteRequest.Parser.ParseFrom(value);
                    foreach ((long key, ulong timestamp) in delete.PrimaryKeys.IntId.Data.Zip(delete.Timestamps))
                    {
                        deletes[key] = timestamp;
                    }

                    break;
            }
        }

        List<Row> alive = [.. rows.Where(row => row.Value.Timestamp >= deletes.GetValueOrDefault(row.Key)).Select(row => row.Value.Row)];
        CollectionRows expected = load.Expected, replayed = expected with { Rows = [.. _history.RowsAt(ulong.MaxValue)[load.Collection].Rows, .. alive] };
        TableVerdict table = TableComparer.Compare(new Dictionary<string, CollectionRows> { ["x"] = expected }, new Dictionary<string, CollectionRows> { ["x"] = replayed }).Tables[0];
        Assert.True(table.Verdict == TableOutcome.Equal && load.Counts is { Inserted: > 100, Upserted: > 10, Deleted: > 10 }, $"{table} {load.Counts}");
        Assert.Equal("default/books", load.Collection);
    }

    [Fact]
    public void Ticks_go_to_every_channel_in_use_and_nothing_is_older_than_the_tick_before()
    {
        LiveLoad load = Start(TimeProvider.System);
        for (int round = 0; round < 50; round++)
        {
            load.Round();
        }

        Assert.Equal(_history.ChannelsInUse(ulong.MaxValue), _log.Select(entry => entry.Topic).Distinct().Order(StringComparer.Ordinal));
        foreach (IGrouping<string, (string Topic, byte[] Value)> channel in _log.GroupBy(entry => entry.Topic))
        {
            ulong tick = _history.LastTimestamp;
            int ticks = 0;
            foreach ((_, byte[] value) in channel)
            {
                MsgBase header = MsgHeader.Parser.ParseFrom(value).Base;
                ulong timestamp = header is { MsgType: MsgType.Insert } ? InsertRequest.Parser.ParseFrom(value).Timestamps.Min() : header.Timestamp;
                Assert.True(timestamp > tick);
                if (header.MsgType == MsgType.TimeTick)
                {
                    tick = timestamp;
                    ticks++;
                }
            }

            Assert.Equal(50, ticks);
        }
    }

    [Fact]
    public void A_clock_before_the_recording_goes_on_from_its_end()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        LiveLoad load = Start(clock);
        load.Round();
        ulong first = load.LastRow;
        clock.Advance(TimeSpan.FromSeconds(10));
        load.Round();

        Assert.True(first > _history.LastTimestamp);
        Assert.InRange(HybridTime.Moment(load.LastRow) - HybridTime.Moment(first), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11));
    }

    [Fact]
    public void A_resting_load_sends_ticks_only()
    {
        LiveLoad load = Start(TimeProvider.System);
        load.Resting = true;
        load.Round();

        Assert.All(_log, entry => Assert.Equal(MsgType.TimeTick, MsgHeader.Parser.ParseFrom(entry.Value).Base.MsgType));
        Assert.Equal(57, load.Expected.Rows.Count);
    }

    private LiveLoad Start(TimeProvider clock) => LiveLoad.TryCreate(_history, (topic, value, _) => _log.Add((topic, value)), clock)!;
}
