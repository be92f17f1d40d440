using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>
/// What the source did to the keys of a shard after a message, read from its log. A row that comes late must not bring back what was deleted since: the target applies a delete only to the rows that
/// it has by then (target-behaviour.md §3).
/// </summary>
internal sealed class LaterChanges
{
    private readonly Dictionary<object, ulong> _deleted = [];
    private readonly HashSet<object> _inserted = [];

    /// <summary>Whether the source deleted a key after <paramref name="timestamp"/>.</summary>
    public bool IsDeleted(object key, ulong timestamp) => _deleted.GetValueOrDefault(key) > timestamp;

    /// <summary>Whether the source inserted a key after the message, or in it.</summary>
    public bool IsInserted(object key) => _inserted.Contains(key);

    /// <summary>Reads the log from a message on, up to the tick at <paramref name="frontier"/>.</summary>
    /// <param name="log">A reader of its own.</param>
    /// <param name="from">The message, and where it lies.</param>
    /// <param name="channel">The channel that it lies in.</param>
    /// <param name="primaryKey">Field id of the collection's primary key.</param>
    /// <param name="frontier">What the target has reached.</param>
    /// <param name="silence">Longest wait for a message; then <see cref="TimeoutException"/>.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<LaterChanges> ReadAsync(
        ISourceLog log, (Envelope Message, LogPosition Position) from, string channel, long primaryKey, ulong frontier, TimeSpan silence, TimeProvider time, CancellationToken cancellation)
    {
        LaterChanges changes = new();
        using CancellationTokenSource quiet = new(silence, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, quiet.Token);
        try
        {
            await log.OpenAsync(channel, from.Position, either.Token);
            await foreach (LogMessage message in log.ReadAsync(either.Token))
            {
                quiet.CancelAfter(silence);
                if (message.Channel == channel && changes.Take(message, from.Message, primaryKey) is { } tick && tick >= frontier)
                {
                    return changes;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Said below.
        }

        throw new TimeoutException($"the log of channel '{channel}' gave no message for {silence.TotalSeconds:0} s before the tick at {frontier} was met");
    }

    /// <summary>The keys of an Insert or Delete, in the order of its rows; numbers or texts. Empty: they cannot be found.</summary>
    public static IReadOnlyList<object> KeysOf(Envelope message, long primaryKey)
    {
        if (message.Type == MsgType.Insert)
        {
            FieldData? column = InsertRequest.Parser.ParseFrom(message.Bytes.Span).FieldsData.FirstOrDefault(field => field.FieldId == primaryKey);
            return column?.Scalars?.DataCase switch
            {
                ScalarField.DataOneofCase.LongData => [.. column.Scalars.LongData.Data.Select(static key => (object)key)],
                ScalarField.DataOneofCase.StringData => [.. column.Scalars.StringData.Data],
                _ => [],
            };
        }

        DeleteRequest delete = DeleteRequest.Parser.ParseFrom(message.Bytes.Span);
        return delete.PrimaryKeys?.IdFieldCase switch
        {
            IDs.IdFieldOneofCase.StrId => [.. delete.PrimaryKeys.StrId.Data],
            IDs.IdFieldOneofCase.IntId => [.. delete.PrimaryKeys.IntId.Data.Select(static key => (object)key)],
            _ => [.. delete.Int64PrimaryKeys.Select(static key => (object)key)],
        };
    }

    /// <summary>The row timestamps of an Insert or Delete.</summary>
    public static IReadOnlyList<ulong> TimestampsOf(Envelope message) => message.Type == MsgType.Insert
        ? InsertRequest.Parser.ParseFrom(message.Bytes.Span).Timestamps
        : DeleteRequest.Parser.ParseFrom(message.Bytes.Span).Timestamps;

    /// <summary>Takes one message in; answers its timestamp when it is a tick.</summary>
    private ulong? Take(LogMessage message, Envelope subject, long primaryKey)
    {
        Envelope envelope;
        try
        {
            envelope = Envelope.Scan(message.Value);
        }
        catch (MalformedMessageException)
        {
            // It never reached the target either.
            return null;
        }

        if (envelope.Type == MsgType.TimeTick)
        {
            return envelope.BaseTimestamp;
        }

        bool concerns = envelope.Type is MsgType.Insert or MsgType.Delete && envelope.CollectionId == subject.CollectionId && envelope.ShardNameUtf8.SequenceEqual(subject.ShardNameUtf8);
        if (concerns && envelope.Type == MsgType.Insert && subject.Type == MsgType.Delete)
        {
            _inserted.UnionWith(Newer(envelope, subject.MinTimestamp, primaryKey).Select(static row => row.Key));
        }
        else if (concerns && envelope.Type == MsgType.Delete && (envelope.PartitionId == -1 || envelope.PartitionId == subject.PartitionId))
        {
            foreach ((object key, ulong timestamp) in Newer(envelope, subject.MinTimestamp, primaryKey))
            {
                _deleted[key] = Math.Max(_deleted.GetValueOrDefault(key), timestamp);
            }
        }

        return null;
    }

    private static IEnumerable<(object Key, ulong Timestamp)> Newer(Envelope message, ulong than, long primaryKey) => message.MaxTimestamp < than
        ? []
        : KeysOf(message, primaryKey).Zip(TimestampsOf(message)).Where(row => row.Second >= than);
}
