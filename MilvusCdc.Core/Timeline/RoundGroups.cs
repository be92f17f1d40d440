using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Timeline;

/// <summary>Sorts the changes of one channel and round into groups, in the order in which each group's first message lies in the log.</summary>
internal static class RoundGroups
{
    /// <summary>The groups of <paramref name="entries"/>, which come from one channel, in the order of the log. What the log holds twice between two ticks is taken once.</summary>
    public static List<RowGroup> Of(string channel, IReadOnlyList<LogEntry> entries)
    {
        var groups = new List<RowGroup>();
        var seen = new Dictionary<(long MessageId, MsgType Kind, int Size), LogEntry>();
        var open = new Dictionary<(long Collection, long Partition, string Shard, MsgType Kind), RowGroup>();
        foreach (LogEntry entry in entries)
        {
            MsgType kind = entry.Envelope.Type;
            (long, MsgType, int) identity = (entry.Envelope.MsgId, kind, entry.Envelope.Bytes.Length);
            if (!entry.IsLate
                && !seen.TryAdd(identity, entry)
                && seen[identity].Envelope.Bytes.Span.SequenceEqual(entry.Envelope.Bytes.Span))
            {
                // A producer that was not sure sent it again. The source takes it once as well, between two ticks; merged into one element, the target could not tell.
                continue;
            }

            if (kind is not (MsgType.Insert or MsgType.Delete))
            {
                var alone = new RowGroup(channel, entry.Envelope.CollectionId, entry.Envelope.PartitionId, "", kind);
                alone.TryAdd(entry);
                groups.Add(alone);
                continue;
            }

            var key = (entry.Envelope.CollectionId, entry.Envelope.PartitionId, entry.Envelope.ShardName, kind);
            if (open.TryGetValue(key, out RowGroup? group) && group.TryAdd(entry))
            {
                continue;
            }

            group = new RowGroup(channel, key.CollectionId, key.PartitionId, key.ShardName, kind);
            group.TryAdd(entry);
            open[key] = group;
            groups.Add(group);
        }

        return groups;
    }
}
