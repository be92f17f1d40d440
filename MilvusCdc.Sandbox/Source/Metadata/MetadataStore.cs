using System.Buffers.Binary;
using Google.Protobuf;

namespace MilvusCdc.Sandbox.Source.Metadata;

/// <summary>A root coordinator's metadata: every value is written twice in one transaction, under its key and as the snapshot of its moment (milvus-source-formats.md §1.3).</summary>
internal sealed class MetadataStore(MetadataKeys keys, IMetadataWriter writer)
{
    private const int KeysInTransaction = 64;
    private static readonly byte[] Tombstone = [0xE2, 0x9B, 0xBC];

    public MetadataKeys Keys => keys;

    public Task SaveAsync(string key, IMessage value, ulong timestamp, CancellationToken cancellation) => SaveAsync([(key, value)], timestamp, cancellation);

    public async Task SaveAsync(IEnumerable<(string Key, IMessage? Value)> values, ulong timestamp, CancellationToken cancellation)
    {
        foreach ((string Key, IMessage? Value)[] some in values.Chunk(KeysInTransaction))
        {
            List<MetadataChange> changes = [];
            foreach ((string key, IMessage? value) in some)
            {
                byte[] bytes = value?.ToByteArray() ?? Tombstone;
                changes.Add(new(keys.Live(key), bytes));
                changes.Add(new(keys.Snapshot(key, timestamp), bytes));
            }

            await writer.WriteAsync(changes, cancellation);
        }
    }

    /// <summary>Removes keys as Milvus does: three bytes that are no protobuf take their place.</summary>
    public Task BuryAsync(IEnumerable<string> dead, ulong timestamp, CancellationToken cancellation) =>
        SaveAsync(dead.Select(key => (key, (IMessage?)null)), timestamp, cancellation);

    /// <summary>Keys without snapshots; null removes for real.</summary>
    public Task PlainAsync(IReadOnlyList<MetadataChange> changes, CancellationToken cancellation) =>
        changes.Count == 0 ? Task.CompletedTask : writer.WriteAsync(changes, cancellation);

    /// <summary>The window up to which the clock may go, Unix nanoseconds big-endian.</summary>
    public Task SaveClockAsync(DateTimeOffset upTo, CancellationToken cancellation)
    {
        byte[] value = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(value, upTo.ToUnixTimeMilliseconds() * 1_000_000);
        return writer.WriteAsync([new(keys.Clock, value)], cancellation);
    }
}
