using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Tests.Recordings;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Records that cannot be right are never sent on: the task blocks and names topic and offset.</summary>
public class DamagedLogTests
{
    private const string Topic = "s1-rootcoord-dml_1";
    private const int Offset = 6;

    [Theory]
    [InlineData("truncated")]
    [InlineData("not protobuf")]
    [InlineData("no header")]
    [InlineData("empty value")]
    [InlineData("unknown type")]
    [InlineData("columns disagree")]
    public async Task A_record_that_cannot_be_right_blocks_the_task_and_is_named(string damage)
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5");
        copy.Edit($"topics/{Topic}.jsonl.gz", lines => lines.Select((line, index) => index == Offset ? Damaged(line, damage) : line));
        await using ReplaySession session = await ReplaySession.StartAsync(new ReplayOptions { Recording = Damageable(copy) }, CancellationToken.None);
        await session.Feeder.PrepareAsync(CancellationToken.None);
        await session.CreateTaskAsync(CancellationToken.None);

        TaskReport? task = null;
        using var limit = new CancellationTokenSource(Replays.Patience);
        while (task is not { NeedsAPerson: true })
        {
            await Task.Delay(100, limit.Token);
            task = await session.GetTaskAsync(limit.Token);
        }

        Assert.Equal("Blocked", task.Phase);
        Assert.Contains($"'{Topic}', position {Offset}", task.Reason, StringComparison.Ordinal);
        Assert.Empty(session.Target.Milvus.Poisons);
        Assert.False(session.Server.Process.HasExited);
        foreach ((string database, var state) in session.Target.Milvus.Snapshot().Databases)
        {
            Assert.All(state.Collections.Keys.Where(name => name == "books" && database == "default"), name => Assert.Empty(session.Target.Milvus.Dump(database, name)));
        }
    }

    private static Recording Damageable(RecordingFolders copy) => Recording.Open(copy.Folder);

    private static string Damaged(string line, string damage)
    {
        var record = System.Text.Json.Nodes.JsonNode.Parse(line)!;
        byte[] value = Convert.FromBase64String(record["value"]!.GetValue<string>());
        byte[] bad = damage switch
        {
            "truncated" => value[..(value.Length / 2)],
            "not protobuf" => [0xff, 0xff, 0xff, 0xff],
            "no header" => [0x12, 0x01, 0x61],
            "empty value" => [],
            "unknown type" => [0x0a, 0x09, 0x08, 0x8f, 0x4e, 0x18, 0x80, 0x80, 0x80, 0x80, 0x01],
            _ => OneRowTooMany(value),
        };
        record["value"] = Convert.ToBase64String(bad);
        return record.ToJsonString();
    }

    private static byte[] OneRowTooMany(byte[] value)
    {
        var insert = Protocol.Milvus.Msg.InsertRequest.Parser.ParseFrom(value);
        insert.NumRows++;
        return Google.Protobuf.MessageExtensions.ToByteArray(insert);
    }
}
