using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Google.Protobuf;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Tests.Timeline;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.Tests.DeadLetters;

/// <summary>What of a letter is sent again after the source has gone on.</summary>
public class ReplayPartsTests
{
    private const long PrimaryKey = 100;
    private static readonly ulong Frontier = Messages.At(1000);

    [Fact]
    public async Task Insert_goes_without_the_rows_that_were_deleted_since_and_keeps_its_timestamps()
    {
        Envelope insert = Insert([1, 2, 3, 4], at: 100);
        LaterChanges changes = await ReadAsync(insert, Delete(2, 200), Delete(4, 300, partition: 10), Delete(1, 300, partition: 11), Delete(3, 300, shard: "p0_1v1"), Delete(3, 100));

        InsertRequest sent = InsertRequest.Parser.ParseFrom(Assert.Single(ReplayParts.Of(insert, changes, PrimaryKey, Frontier, EnvelopePatch.None)));

        Assert.Equal([1L, 3], sent.FieldsData[0].Scalars.LongData.Data);
        Assert.Equal([Messages.At(100), Messages.At(100)], sent.Timestamps);
        Assert.Equal((insert.MsgId, 2UL), (sent.Base.MsgID, sent.NumRows));
        Assert.Null(EnvelopeCheck.Verify(Envelope.Scan(sent.ToByteArray())));
    }

    [Fact]
    public async Task Insert_of_which_nothing_was_deleted_goes_byte_for_byte()
    {
        Envelope insert = Insert([1, 2], at: 100);

        ReadOnlySequence<byte> sent = Assert.Single(ReplayParts.Of(insert, await ReadAsync(insert), PrimaryKey, Frontier, EnvelopePatch.None));

        Assert.Equal(insert.Bytes.ToArray(), sent.ToArray());
    }

    [Fact]
    public async Task Insert_of_which_all_was_deleted_since_sends_nothing()
    {
        Envelope insert = Insert([1, 2], at: 100);

        Assert.Empty(ReplayParts.Of(insert, await ReadAsync(insert, Delete(1, 200), Delete(2, 900)), PrimaryKey, Frontier, EnvelopePatch.None));
    }

    [Fact]
    public async Task Changes_after_the_frontier_are_left_to_the_stream()
    {
        Envelope insert = Insert([1], at: 100);

        Assert.Single(ReplayParts.Of(insert, await ReadAsync(insert, Tick(1000), Delete(1, 1200)), PrimaryKey, Frontier, EnvelopePatch.None));
    }

    [Fact]
    public async Task Delete_is_moved_right_above_the_frontier()
    {
        Envelope delete = Messages.Delete(5, 100).Envelope;

        DeleteRequest sent = DeleteRequest.Parser.ParseFrom(Assert.Single(ReplayParts.Of(delete, await ReadAsync(delete), PrimaryKey, Frontier, EnvelopePatch.None)));

        Assert.Equal((Frontier + 1, [Frontier + 1], [5L]), (sent.Base.Timestamp, sent.Timestamps, sent.PrimaryKeys.IntId.Data));
    }

    [Fact]
    public async Task Delete_of_keys_that_were_inserted_again_is_refused_in_words()
    {
        Envelope delete = Messages.Delete(5, 100).Envelope;
        LaterChanges changes = await ReadAsync(delete, Messages.Insert(5, 200).Envelope);

        var refused = Assert.Throws<ReplayRefusedException>(() => ReplayParts.Of(delete, changes, PrimaryKey, Frontier, EnvelopePatch.None));

        Assert.Contains("1 of its 1 keys were inserted again", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sent_once_more_at_the_same_frontier_then_the_bytes_are_the_same()
    {
        Envelope insert = Insert([1, 2, 3], at: 100), delete = Messages.Delete(5, 100).Envelope;
        foreach (Envelope message in (Envelope[])[insert, delete])
        {
            byte[][] runs = [await BytesAsync(message), await BytesAsync(message)];
            Assert.Equal(runs[0], runs[1]);
        }

        static async Task<byte[]> BytesAsync(Envelope message) =>
            Assert.Single(ReplayParts.Of(message, await ReadAsync(message, Delete(2, 200)), PrimaryKey, Frontier, new EnvelopePatch { CollectionId = 9 })).ToArray();
    }

    [Fact]
    public async Task Log_that_falls_silent_before_the_frontier_is_a_timeout()
    {
        Envelope insert = Insert([1], at: 100);
        await using ScriptedLog log = new([Delete(1, 200)]);

        await Assert.ThrowsAsync<TimeoutException>(() =>
            LaterChanges.ReadAsync(log, (insert, LogPosition.Kafka(0)), "p0", PrimaryKey, Frontier, TimeSpan.FromMilliseconds(50), TimeProvider.System, default));
    }

    private static async Task<LaterChanges> ReadAsync(Envelope subject, params Envelope[] later)
    {
        await using ScriptedLog log = new([subject, .. later, Tick(1000), Delete(1, 1500)]);
        return await LaterChanges.ReadAsync(log, (subject, LogPosition.Kafka(0)), "p0", PrimaryKey, Frontier, TimeSpan.FromSeconds(30), TimeProvider.System, default);
    }

    private static Envelope Insert(long[] keys, long at)
    {
        LogEntry[] rows = [.. keys.Select(key => Messages.Insert(key, at, id: 77))];
        Assert.True(InsertMerger.TryMerge([.. rows.Select(static row => row.Envelope)], EnvelopePatch.None, out ReadOnlySequence<byte> merged));
        return Envelope.Scan(merged.ToArray());
    }

    private static Envelope Delete(long key, long at, long partition = -1, string shard = "p0_1v0") => Messages.Delete(key, at, partition: partition, shard: shard).Envelope;

    private static Envelope Tick(long at) => Envelope.Scan(TickMessage.Create(Messages.At(at), 1));

    /// <summary>A log with one channel that holds these messages and never ends.</summary>
    private sealed class ScriptedLog(Envelope[] messages) : ISourceLog
    {
        public string Kind => "kafka";

        public LogPosition Beginning => LogPosition.Kafka(0);

        public Task<LogBounds?> GetBoundsAsync(string channel, CancellationToken cancellation) => Task.FromResult<LogBounds?>(null);

        public Task OpenAsync(string channel, LogPosition from, CancellationToken cancellation) => Task.CompletedTask;

        public LogPosition? Back(LogPosition position, int messages) => null;

        public Task CloseAsync(string channel, CancellationToken cancellation) => Task.CompletedTask;

        public void SetPaused(string channel, bool paused)
        {
        }

        public async IAsyncEnumerable<LogMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
        {
            for (int offset = 0; offset < messages.Length; offset++)
            {
                yield return new LogMessage("p0", LogPosition.Kafka(offset), messages[offset].Bytes, null);
            }

            await Channel.CreateUnbounded<int>().Reader.WaitToReadAsync(cancellation);
        }

        public byte[] ToMessageId(LogPosition position) => [];

        public LogPosition FromMessageId(ReadOnlySpan<byte> messageId) => default;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
