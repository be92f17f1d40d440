using System.Text.Json;
using MilvusCdc.Web.Feed;

namespace MilvusCdc.Web.Tests.Feed;

public sealed class TaskReaderTests
{
    [Theory]
    [InlineData("""{"name":"c0","readMs":1795000000000}""", true)]
    [InlineData("""{"read":"470548480000000000"}""", false)]
    public void Channels_may_be_a_list_with_milliseconds_or_an_object_with_milvus_timestamps(string channel, bool list)
    {
        string channels = list ? $"[{channel}]" : $$"""{"c0":{{channel}}}""";
        ChannelView read = Read($$"""[{"id":"t","channels":{{channels}}}]""").Channels.Single();

        Assert.Equal("c0", read.Name);
        Assert.Equal(1_795_000_000, read.Read!.Value.ToUnixTimeSeconds(), 1_000.0);
        Assert.Null(read.Sent);
    }

    [Fact]
    public void Fields_that_are_absent_null_or_zero_times_are_not_known()
    {
        TaskView task = Read("""[{"id":"t","lagMs":null,"frontierMs":0,"frontier":"0","phase":7,"channels":null}]""");

        Assert.Null(task.Lag);
        Assert.Null(task.Frontier);
        Assert.Null(task.Rows);
        Assert.Null(task.CaughtUp);
        Assert.Empty(task.Channels);
    }

    [Fact]
    public void A_zero_lag_is_known() => Assert.Equal(TimeSpan.Zero, Read("""[{"id":"t","lagMs":0}]""").Lag);

    [Fact]
    public void An_answer_that_is_no_list_is_refused()
    {
        using var answer = JsonDocument.Parse("""{"error":"no"}""");
        Assert.Throws<JsonException>(() => TaskReader.Read(answer));
    }

    private static TaskView Read(string json)
    {
        using var answer = JsonDocument.Parse(json);
        return TaskReader.Read(answer).Single();
    }
}
