using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Tests.Recordings;

namespace MilvusCdc.Sandbox.Tests.Replay;

public sealed class RecordedHistoryTests
{
    [Theory]
    [InlineData("kafka-2.3.5")]
    [InlineData("kafka-2.3.5-restart")]
    public void RowsAt_the_end_is_what_the_source_answered(string name)
    {
        Recording recording = RecordingFolders.Open(name);

        ComparisonReport report = TableComparer.Compare(recording.SourceRows(), RecordedHistory.Read(recording).RowsAt(ulong.MaxValue));

        Assert.All(report.Tables, table => Assert.True(table is { Verdict: TableOutcome.Equal, Expected: > 0 } && table.Expected == table.Equal && table.Found == table.Equal, $"{table}: {string.Join("; ", table.Examples)}"));
        Assert.True(report.AllEqual);
    }

    [Fact]
    public void RowsAt_follows_inserts_upserts_deletes_drops_and_renames()
    {
        RecordedHistory history = RecordedHistory.Read(RecordingFolders.Open("kafka-2.3.5"));

        // Timestamps that the SDK was told (workload.jsonl.gz).
        const ulong FirstInsert = 470638552552308740, Upsert = 470638555737358337, IntoP2 = 470638557087662084, DropP2 = 470638559499124744, Tenants = 470638562068135940;
        Assert.Empty(history.RowsAt(FirstInsert - 1)["default/books"].Rows);
        Assert.Equal(40, history.RowsAt(FirstInsert)["default/books"].Rows.Count);
        Assert.NotEqual(Vector(history, Upsert - 1), Vector(history, Upsert));
        Assert.Equal(4, history.RowsAt(IntoP2)["default/books"].Rows.Count(row => row.Partition == "p2"));
        Assert.Equal(4, history.RowsAt(DropP2 - 1)["default/books"].Rows.Count(row => row.Partition == "p2"));
        Assert.DoesNotContain(history.RowsAt(DropP2)["default/books"].Rows, row => row.Partition == "p2");
        Assert.Contains("default/tenants", history.CollectionsAt(Tenants));
        Assert.DoesNotContain("default/tenants", history.CollectionsAt(ulong.MaxValue));
        Assert.Empty(history.CollectionsAt(0));
    }

    [Theory]
    [InlineData("kafka-2.3.5", new[] { "s1-rootcoord-dml_0", "s1-rootcoord-dml_1", "s1-rootcoord-dml_2", "s1-rootcoord-dml_3" })]
    [InlineData("kafka-2.3.5-restart", new[] { "r1-rootcoord-dml_0", "r1-rootcoord-dml_1" })]
    public void LastCommonTick_lies_behind_the_last_row(string name, string[] channels)
    {
        RecordedHistory history = RecordedHistory.Read(RecordingFolders.Open(name));

        Assert.Equal(channels, history.ChannelsInUse(ulong.MaxValue));
        Assert.InRange(history.LastCommonTick, 470638565869223938UL, history.LastTimestamp);
        Assert.True(TableComparer.Compare(history.RowsAt(history.LastCommonTick), history.RowsAt(ulong.MaxValue)).AllEqual);
    }

    [Fact]
    public void A_message_that_is_none_is_named_and_keeps_its_place()
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5-restart");
        copy.Edit("topics/r1-rootcoord-dml_1.jsonl.gz", lines => lines.Select((line, index) => index == 7 ? """{"offset":7,"timestamp":1,"value":"////"}""" : line));
        Recording recording = Recording.Open(copy.Folder);

        Assert.StartsWith("r1-rootcoord-dml_1 offset 7:", Assert.Single(RecordedHistory.Read(recording).Unreadable), StringComparison.Ordinal);
        Assert.Equal(7, RecordingTimeline.Steps(recording).OfType<MessageStep>().Where(step => step.Message.Topic == "r1-rootcoord-dml_1").ElementAt(7).Message.Offset);
    }

    private static string Vector(RecordedHistory history, ulong timestamp) =>
        history.RowsAt(timestamp)["default/books"].Rows.Single(row => row.Fields["id"] == "5").Fields["v"];
}
