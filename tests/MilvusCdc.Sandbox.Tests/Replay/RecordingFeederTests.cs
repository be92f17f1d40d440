using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Tests.Recordings;

namespace MilvusCdc.Sandbox.Tests.Replay;

public sealed class RecordingFeederTests
{
    [Theory]
    [InlineData("kafka-2.3.5")]
    [InlineData("kafka-2.3.5-restart")]
    public async Task Live_ends_where_the_recording_ends(string name)
    {
        Recording recording = RecordingFolders.Open(name);
        MemorySink sink = new();
        RecordingFeeder feeder = new(recording, sink, ReplayPace.Live, 0, TimeProvider.System);

        await feeder.PrepareAsync(CancellationToken.None);
        Assert.Empty(sink.Topics);
        await feeder.StreamAsync(CancellationToken.None);

        Assert.Equal(recording.EtcdAfter().Select(entry => entry.Key).Order(StringComparer.Ordinal), sink.Etcd.Keys.Order(StringComparer.Ordinal));

        // The last dump was taken a moment after the watch had ended.
        long last = recording.EtcdChanges().Max(change => change.Mod);
        Assert.All(recording.EtcdAfter().Where(entry => entry.Mod <= last), entry => Assert.Equal(entry.Value, sink.Etcd[entry.Key]));
        AssertAllRecords(recording, sink);
        Assert.True(feeder.Progress is { SourceTime: > 0 } progress && progress.Fed == progress.Total, $"{feeder.Progress}");
    }

    [Fact]
    public async Task CatchUp_puts_everything_there_at_once()
    {
        Recording recording = RecordingFolders.Open("kafka-2.3.5");
        MemorySink sink = new();
        RecordingFeeder feeder = new(recording, sink, ReplayPace.CatchUp, 0, TimeProvider.System);

        await feeder.PrepareAsync(CancellationToken.None);

        Assert.All(recording.EtcdAfter(), entry => Assert.Equal(entry.Value, sink.Etcd[entry.Key]));
        Assert.True(sink.LargestTransaction <= 128);
        AssertAllRecords(recording, sink);
        int fed = sink.Log.Count;
        await feeder.StreamAsync(CancellationToken.None);
        Assert.Equal(fed, sink.Log.Count);
    }

    [Theory]
    [InlineData("kafka-2.3.5")]
    [InlineData("kafka-2.3.5-restart")]
    public void Steps_keep_the_order_of_etcd_and_of_each_topic_and_never_go_back_in_time(string name)
    {
        Recording recording = RecordingFolders.Open(name);

        List<FeedStep> steps = [.. RecordingTimeline.Steps(recording)];

        Assert.True(steps.Zip(steps.Skip(1)).All(pair => pair.First.Time <= pair.Second.Time));
        Assert.Equal(recording.EtcdChanges().Select(change => (change.Mod, change.Key)), steps.OfType<EtcdStep>().SelectMany(step => step.Changes).Select(change => (change.Mod, change.Key)));
        Assert.All(steps.OfType<EtcdStep>(), step => Assert.Single(step.Changes.Select(change => change.Mod).Distinct()));
        Assert.All(
            steps.OfType<MessageStep>().GroupBy(step => step.Message.Topic),
            topic => Assert.Equal(Enumerable.Range(0, topic.Count()).Select(offset => (long)offset), topic.Select(step => step.Message.Offset)));
    }

    [Theory]
    [InlineData("kafka-2.3.5")]
    [InlineData("kafka-2.3.5-restart")]
    public void Steps_write_metadata_before_anything_of_its_timestamp_or_later_is_logged(string name)
    {
        Recording recording = RecordingFolders.Open(name);
        ulong logged = 0, newest = 0;
        foreach (FeedStep step in RecordingTimeline.Steps(recording))
        {
            logged = step is MessageStep ? step.Time : logged;
            if (step is EtcdStep etcd && etcd.Changes.Max(change => RecordedCatalog.TimestampOf(change.Key)) is { } timestamp && timestamp >= newest
                && !etcd.Changes.All(change => RecordedCatalog.IsTombstone(change.Value)))
            {
                newest = timestamp;
                Assert.True(logged < timestamp, $"revision {etcd.Changes[0].Mod} of {timestamp} comes after a record of {logged}");
            }
        }

        Assert.NotEqual(0UL, newest);
    }

    [Fact]
    public void Steps_leave_the_late_tombstones_late()
    {
        Recording recording = RecordingFolders.Open("kafka-2.3.5-restart");

        // The first drop of a collection was tidied up 20 minutes later (revision 14836).
        List<EtcdStep> etcd = [.. RecordingTimeline.Steps(recording).OfType<EtcdStep>()];
        EtcdStep drop = etcd.First(step => step.Changes[0].Mod == 12073), tombstone = etcd.First(step => step.Changes[0].Mod == 14836);

        Assert.InRange(HybridTime.Moment(tombstone.Time) - HybridTime.Moment(drop.Time), TimeSpan.FromMinutes(19), TimeSpan.FromMinutes(22));
    }

    [Fact]
    public async Task Speed_makes_source_time_pass_faster_by_that_factor()
    {
        Recording recording = RecordingFolders.Open("kafka-2.3.5-restart");
        MemorySink sink = new();
        FakeTimeProvider clock = new();
        RecordingFeeder feeder = new(recording, sink, ReplayPace.Live, 10, clock);
        using CancellationTokenSource stop = new();

        await feeder.PrepareAsync(CancellationToken.None);
        Task streaming = feeder.StreamAsync(stop.Token);
        ulong before = feeder.Progress.SourceTime;
        Assert.False(streaming.IsCompleted);
        for (int second = 0; second < 100; second++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(HybridTime.Moment(feeder.Progress.SourceTime) - HybridTime.Moment(before), TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(101));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => streaming);
    }

    [Fact]
    public async Task A_topic_with_a_record_missing_is_fed_without_the_hole_and_named()
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5-restart");
        copy.Edit("topics/r1-rootcoord-dml_0.jsonl.gz", lines => lines.Where((_, index) => index != 40));
        MemorySink sink = new();
        RecordingFeeder feeder = new(Recording.Open(copy.Folder), sink, ReplayPace.CatchUp, 0, TimeProvider.System);

        await feeder.PrepareAsync(CancellationToken.None);

        Assert.Equal(["r1-rootcoord-dml_0"], feeder.ShiftedTopics);
    }

    private static void AssertAllRecords(Recording recording, MemorySink sink)
    {
        Assert.Equal(recording.Topics, sink.Topics.Keys.Order(StringComparer.Ordinal));
        Assert.All(recording.Topics, topic => Assert.Equal(recording.Messages(topic).Select(message => message.Value), sink.Topics[topic].Select(message => message.Value)));
    }

    private sealed class MemorySink : IRecordingSink
    {
        public Dictionary<string, byte[]> Etcd { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, List<RecordedMessage>> Topics { get; } = new(StringComparer.Ordinal);

        public List<string> Log { get; } = [];

        public int LargestTransaction { get; private set; }

        public Task WriteAsync(IReadOnlyList<EtcdChange> changes, CancellationToken cancellation)
        {
            LargestTransaction = Math.Max(LargestTransaction, changes.Count);
            foreach (EtcdChange change in changes)
            {
                if (change.Value is null)
                {
                    Etcd.Remove(change.Key);
                }
                else
                {
                    Etcd[change.Key] = change.Value;
                }
            }

            Log.Add("etcd");
            return Task.CompletedTask;
        }

        public long Append(RecordedMessage message)
        {
            if (!Topics.TryGetValue(message.Topic, out List<RecordedMessage>? records))
            {
                Topics.Add(message.Topic, records = []);
            }

            records.Add(message);
            Log.Add(message.Topic);
            return records.Count - 1;
        }
    }
}
