using System.Runtime.CompilerServices;
using System.Text;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Messages;

/// <summary>
/// What the outside of one log message says: its type, times, ids and names. Made by one walk over the top-level fields; columns and vectors are not looked at.
/// It keeps a reference to the message's buffer, which must stay unchanged.
/// </summary>
/// <remarks>Only messages of package <c>milvus.proto.msg</c> have names and ids here (Insert, Delete, Create/DropCollection, Create/DropPartition, Import); all others, unknown types too,
/// have just the header. Zero and "" mean absent, as in proto3.</remarks>
public sealed class Envelope
{
    private LastOccurrences _lastAt;
    private string? _shardName;
    private string? _dbName;
    private string? _collectionName;
    private string? _partitionName;

    private Envelope(ReadOnlyMemory<byte> message) => Bytes = message;

    /// <summary>The whole message, untouched.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The type in the base; may be a number this version has no name for.</summary>
    public MsgType Type { get; internal set; }

    /// <summary>The message's own id (not the broker's position); 0 for ticks and DDL.</summary>
    public long MsgId { get; internal set; }

    /// <summary>Hybrid timestamp of the base. 0 for the Insert of an upsert: use <see cref="MinTimestamp"/> and <see cref="MaxTimestamp"/> for rows.</summary>
    public ulong BaseTimestamp { get; internal set; }

    /// <summary>The server that sent it.</summary>
    public long SourceId { get; internal set; }

    /// <summary>The vchannel of an Insert or Delete.</summary>
    public string ShardName => _shardName ??= Text(Slot.ShardName);

    /// <summary>The vchannel of an Insert or Delete, in UTF-8: for look-ups without a string.</summary>
    public ReadOnlySpan<byte> ShardNameUtf8 => TextBytes(Slot.ShardName);

    /// <summary>Mostly empty: sources fill it only from 2.4.18.</summary>
    public string DbName => _dbName ??= Text(Slot.DbName);

    /// <summary>As the client gave it: it may be an alias.</summary>
    public string CollectionName => _collectionName ??= Text(Slot.CollectionName);

    /// <summary>May be empty in a Delete.</summary>
    public string PartitionName => _partitionName ??= Text(Slot.PartitionName);

    /// <summary>The source's collection id.</summary>
    public long CollectionId { get; internal set; }

    /// <summary>The source's partition id; -1 in a Delete means all partitions.</summary>
    public long PartitionId { get; internal set; }

    /// <summary>The source's segment; the target chooses its own.</summary>
    public long SegmentId { get; internal set; }

    /// <summary>Rows of an Insert, keys of a Delete, as its num_rows says (an old Delete with only int64_primary_keys: as many as these). 0 for other types.</summary>
    public long RowCount { get; internal set; }

    /// <summary>The smallest row timestamp of an Insert or Delete; for other types, and when there are no rows, the base timestamp.</summary>
    public ulong MinTimestamp { get; internal set; }

    /// <summary>The largest row timestamp of an Insert or Delete; for other types, and when there are no rows, the base timestamp.</summary>
    public ulong MaxTimestamp { get; internal set; }

    /// <summary>How many row timestamps there are.</summary>
    internal long TimestampCount { get; set; }

    /// <summary>No unknown field and no singular field twice, at top level and in the base: only then may it be taken apart and written anew.</summary>
    internal bool IsPlain { get; set; } = true;

    /// <summary>Where the last base begins.</summary>
    internal int BaseAt { get; set; }

    /// <summary>Where the msgID that counts begins; 0 when there is none (the base's own tag stands at 0 or later).</summary>
    internal int MsgIdAt { get; set; }

    /// <summary>Reads the outside of a message.</summary>
    /// <exception cref="MalformedMessageException">The value is empty, has no base, or its outside is damaged.</exception>
    public static Envelope Scan(ReadOnlyMemory<byte> message)
    {
        Envelope envelope = new(message);
        EnvelopeScanner.Fill(envelope);
        return envelope;
    }

    /// <summary>Where the last field of a patchable slot begins; -1 when it is absent.</summary>
    internal int LastAt(Slot slot) => _lastAt[(int)slot] - 1;

    /// <summary>Both go to the same shard and partition of the same collection.</summary>
    internal bool GoesWith(Envelope other) =>
        CollectionId == other.CollectionId && PartitionId == other.PartitionId && ShardNameUtf8.SequenceEqual(other.ShardNameUtf8);

    internal void Found(Slot slot, int fieldStart)
    {
        IsPlain &= _lastAt[(int)slot] == 0;
        _lastAt[(int)slot] = fieldStart + 1;
    }

    private string Text(Slot slot) => Encoding.UTF8.GetString(TextBytes(slot));

    private ReadOnlySpan<byte> TextBytes(Slot slot)
    {
        int at = LastAt(slot);
        if (at < 0)
        {
            return default;
        }

        WireReader reader = new(Bytes.Span, new ByteSpan(at, Bytes.Length - at), "message");
        reader.TryReadTag();
        return reader.ReadBytes().Of(Bytes.Span);
    }

    [InlineArray(EnvelopeLayout.Patchable)]
    private struct LastOccurrences
    {
        private int _fieldStartPlusOne;
    }
}
