using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Tests.Recordings;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Recorded sessions of a real Milvus, through the real server, into the target stand-in.</summary>
public class ReplayTests
{
    [Theory]
    [InlineData("kafka-2.3.5", ReplayPace.CatchUp)]
    [InlineData("kafka-2.3.5", ReplayPace.Live)]
    [InlineData("kafka-2.3.5-restart", ReplayPace.CatchUp)]
    [InlineData("kafka-2.3.5-restart", ReplayPace.Live)]
    public async Task Recorded_session_then_the_target_equals_the_source_row_by_row(string recording, ReplayPace pace)
    {
        await using ReplaySession session = await Replays.RunAsync(Replays.Recording(recording), pace);

        ComparisonReport report = await session.CompareAsync(CancellationToken.None);

        Assert.True(report.AllEqual, Replays.Describe(report));
        Assert.Empty(session.Target.Milvus.Poisons);
        Assert.Empty(session.Target.Milvus.Snapshot().UnfinishedDrops);
        Assert.All(report.Tables, table => Assert.Equal((table.Expected, 0L), (table.Found, table.Doubled)));
    }

    [Fact]
    public async Task Recorded_session_then_partitions_aliases_names_indexes_and_load_states_are_the_sources()
    {
        Recording recording = Replays.Recording("kafka-2.3.5");
        await using ReplaySession session = await Replays.RunAsync(recording, ReplayPace.CatchUp);
        TargetSnapshot target = session.Target.Milvus.Snapshot();
        IReadOnlyDictionary<string, CollectionStructure> source = recording.SourceState()!;

        Assert.Equal(["default", "shop"], target.Databases.Keys.Order());
        Assert.Equal(source.Keys.Order(), target.Databases.Values.SelectMany(database => database.Collections.Keys.Select(name => $"{database.Name}/{name}")).Order());
        foreach ((string name, CollectionStructure expected) in source)
        {
            CollectionState found = target.Databases[name.Split('/')[0]].Collections[name.Split('/')[1]];
            Assert.Equal(expected.Partitions.Order(), found.Partitions.Select(partition => partition.Name).Order());
            Assert.Equal(expected.Indexes.Select(index => index.ToString()).Order(), found.Indexes.Select(index => $"{index.Name}({index.Field})").Order());
            Assert.Equal(expected.Aliases.Order(), found.Aliases.Order());
            Assert.Equal(expected.Load, found.Load.ToString().Replace("LoadState", "", StringComparison.Ordinal));
        }

        Assert.Equal(4, target.Databases["default"].Collections["renters"].Partitions.Count);
    }

    [Fact]
    public async Task Recording_without_one_insert_then_the_missing_rows_are_named()
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5");
        copy.Edit("topics/s1-rootcoord-dml_1.jsonl.gz", lines => lines.Where((_, index) => index != 6));
        await using ReplaySession session = await Replays.RunAsync(Recording.Open(copy.Folder), ReplayPace.CatchUp);

        TableVerdict books = Replays.Books(await session.CompareAsync(CancellationToken.None));

        Assert.Equal(TableOutcome.Different, books.Verdict);
        Assert.InRange(books.Missing, 1, 40);
        Assert.Equal(0, books.Doubled);
        Assert.NotEmpty(books.Examples);
        Assert.Equal(["s1-rootcoord-dml_1"], session.Feeder.ShiftedTopics);
    }

    [Fact]
    public async Task Recording_with_one_insert_doubled_after_its_tick_then_the_doubled_rows_are_named()
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5");
        copy.Edit("topics/s1-rootcoord-dml_1.jsonl.gz", lines =>
        {
            lines.Insert(40, lines[10]);
            return lines;
        });
        await using ReplaySession session = await Replays.RunAsync(Recording.Open(copy.Folder), ReplayPace.CatchUp);

        TableVerdict books = Replays.Books(await session.CompareAsync(CancellationToken.None));

        Assert.Equal(TableOutcome.Different, books.Verdict);
        Assert.InRange(books.Doubled, 1, 5);
        Assert.Equal(0, books.Missing);
        Assert.NotEmpty(books.Examples);
    }

    [Fact]
    public async Task Server_killed_in_the_middle_then_the_target_is_equal_all_the_same()
    {
        await using ReplaySession session = await ReplaySession.StartAsync(
            new ReplayOptions { Recording = Replays.Recording("kafka-2.3.5"), Pace = ReplayPace.Live, Speed = 60 }, CancellationToken.None);
        Task<Sandbox.Processes.TaskReport> run = session.RunAsync(Replays.Patience, null, CancellationToken.None);
        for (int kill = 0; kill < 3; kill++)
        {
            long seen = session.Target.Milvus.Calls.GetValueOrDefault("ReplicateMessage");
            await Replays.UntilAsync(() => session.Target.Milvus.Calls.GetValueOrDefault("ReplicateMessage") > seen + 20 || run.IsCompleted);
            await session.Server.Process.KillAsync();
            await session.Server.StartAgainAsync(CancellationToken.None);
        }

        await run;
        ComparisonReport report = await session.CompareAsync(CancellationToken.None);

        Assert.True(report.AllEqual, Replays.Describe(report));
        Assert.Empty(session.Target.Milvus.Poisons);
    }
}
