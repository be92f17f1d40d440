using System.Globalization;
using Google.Protobuf;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.TakeOver;

/// <summary>
/// Turns the Go tool's positions into ours. Its <c>Time</c> is the time the rows have on the target and may be later than theirs on the source (reader.md B-4), so rows would be
/// lost by it: only the message ids are used, and the source's own log is asked what was the time there.
/// </summary>
internal sealed class PositionReader(CatalogHistory catalog, ISourceLog log, LogLookup lookup, string replicateChannel)
{
    // Rows of one tick are stamped within it; further ahead, the Go tool has moved them.
    private const long MovedMs = 1_000;

    /// <summary>The definition with its positions; throws <see cref="TakeOverException"/> when one cannot be used.</summary>
    public async Task<TaskDefinition> AddAsync(TaskDefinition task, GoStoredTask stored, List<string> findings, CancellationToken cancellation)
    {
        Dictionary<string, string> positions = new(StringComparer.Ordinal);
        ulong frontier = ulong.MaxValue;
        foreach (GoPositions collection in stored.Positions.Where(static record => record.CollectionID > 0))
        {
            GoPosition[] living = [.. (collection.Positions ?? new Dictionary<string, GoPosition>()).Values.Where(static position => !position.Dropped)];
            if (living.Length == 0)
            {
                continue;
            }

            if (catalog.Collection(collection.CollectionID) is not { } source)
            {
                findings.Add($"collection '{collection.CollectionName}' ({collection.CollectionID}) is no longer in the source's metadata: if it is on the target still, drop it there by hand");
                continue;
            }

            for (int shard = 0; shard < source.VirtualChannels.Count; shard++)
            {
                string channel = source.PhysicalChannels[shard];
                if (!collection.Positions!.TryGetValue(channel, out GoPosition? at) || at.Data?.Data is not { Length: > 0 } id)
                {
                    findings.Add($"collection '{collection.CollectionName}' has no position on channel '{channel}': its rows there are read from its creation, and those up to the task's other positions are taken as copied");
                    continue;
                }

                MsgPosition position = await ReadAsync(collection, channel, at, id, findings, cancellation).ConfigureAwait(false);
                positions[source.VirtualChannels[shard]] = position.ToByteString().ToBase64();
                frontier = Math.Min(frontier, position.Timestamp);
            }
        }

        if (positions.Count == 0)
        {
            findings.Add(task.Start is TaskStart.CollectionStart
                ? "it has no positions yet: it starts at the creation of each collection"
                : "it has no positions yet: it starts at the newest message, as it would in the Go tool");
            return task;
        }

        return task with { Positions = positions, OperationPosition = await OperationsAsync(stored, frontier, findings, cancellation).ConfigureAwait(false) };
    }

    private async Task<MsgPosition> ReadAsync(GoPositions collection, string channel, GoPosition at, byte[] id, List<string> findings, CancellationToken cancellation)
    {
        LogPosition from = Decode(channel, id);
        ulong timestamp;
        if (at is { Time: 0, StartTime: > 0 })
        {
            // A client's own position, never moved: its time is the source's.
            timestamp = MilvusTime.Compose(at.StartTime + 1, 0);
        }
        else
        {
            try
            {
                timestamp = await lookup.FirstTickAsync(channel, from, cancellation).ConfigureAwait(false)
                    ?? throw new TakeOverException($"channel '{channel}' holds no tick at or after position {from} of collection '{collection.CollectionName}': check that the source runs, then try again");
            }
            catch (SourceLogGapException gap)
            {
                throw new TakeOverException(
                    $"collection '{collection.CollectionName}': {gap.Message}. Rows are lost to the log; copy the collection anew (backup and restore), and create the task with the positions of that copy", gap);
            }
        }

        if (at.Time - MilvusTime.PhysicalMs(timestamp) > MovedMs)
        {
            findings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"collection '{collection.CollectionName}', channel '{channel}': the Go tool gave its last rows a time {at.Time - MilvusTime.PhysicalMs(timestamp):N0} ms later than the source's; deletes of that span may come too late on the target, so compare the collection afterwards"));
        }

        return new MsgPosition { ChannelName = channel, MsgID = ByteString.CopyFrom(id), Timestamp = timestamp };
    }

    // Operations are done once the Go tool has stored them, so reading begins behind that one; without a position, behind the task's oldest rows.
    private async Task<string?> OperationsAsync(GoStoredTask stored, ulong frontier, List<string> findings, CancellationToken cancellation)
    {
        GoPosition? at = stored.Positions.FirstOrDefault(static record => record.CollectionID == GoPositions.Operations)?.Positions?.GetValueOrDefault(replicateChannel);
        LogPosition? from;
        if (at?.Data?.Data is { Length: > 0 } id)
        {
            from = SourceReader.After(Decode(replicateChannel, id));
        }
        else
        {
            from = await lookup.FirstOperationAsync(replicateChannel, frontier, cancellation).ConfigureAwait(false);
            findings.Add($"it has no position on the channel of operations '{replicateChannel}': operations newer than its oldest rows are done (again, where they were done already)");
        }

        return from is null ? null : new MsgPosition { ChannelName = replicateChannel, MsgID = ByteString.CopyFrom(log.ToMessageId(from.Value)) }.ToByteString().ToBase64();
    }

    private LogPosition Decode(string channel, byte[] id)
    {
        try
        {
            return log.FromMessageId(id);
        }
        catch (FormatException wrong)
        {
            throw new TakeOverException($"its position on channel '{channel}' is none of {log.Kind}: {wrong.Message}; is the source another one than the Go tool's?", wrong);
        }
    }
}

/// <summary>One task cannot be taken over; the message says why and what to do.</summary>
internal sealed class TakeOverException(string message, Exception? inner = null) : Exception(message, inner);
