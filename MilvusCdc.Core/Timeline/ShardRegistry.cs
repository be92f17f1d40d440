using System.Collections.Concurrent;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Which source pchannels the task's collections live on. A collection lives on its pchannels from its creation to its drop message there; only such channels have ticks,
/// and only they hold the frontier back. Used by the timeline alone; the capture for a checkpoint is a copy.
/// </summary>
internal sealed class ShardRegistry(ConcurrentDictionary<long, TargetCollection> collections)
{
    private readonly Dictionary<string, HashSet<long>> _living = new(StringComparer.Ordinal);

    /// <summary>The pchannels in use.</summary>
    public IReadOnlyCollection<string> Channels => _living.Keys;

    /// <summary>Whether a channel is in use.</summary>
    public bool IsInUse(string channel) => _living.ContainsKey(channel);

    /// <summary>A collection lives on a channel from now on.</summary>
    public void Enter(string channel, long collection)
    {
        if (!_living.TryGetValue(channel, out HashSet<long>? there))
        {
            _living[channel] = there = [];
        }

        there.Add(collection);
    }

    /// <summary>The collections that live on a channel.</summary>
    public IReadOnlyCollection<long> Living(string channel) => _living[channel];

    /// <summary>Nothing lives on a channel any more, though no drop message said so.</summary>
    public void Abandon(string channel) => _living.Remove(channel);

    /// <summary>Takes away what a round's drop messages end; answers the source channels that nothing lives on any more.</summary>
    public IReadOnlyList<string> Leave(Round round)
    {
        var empty = new List<string>();
        foreach (RowGroup drop in round.Groups.Where(static group => group.Kind == MsgType.DropCollection))
        {
            if (_living.TryGetValue(drop.SourceChannel, out HashSet<long>? there) && there.Remove(drop.CollectionId) && there.Count == 0)
            {
                _living.Remove(drop.SourceChannel);
                empty.Add(drop.SourceChannel);
            }
        }

        return empty;
    }

    /// <summary>The target pchannels that hold a shard of what lives, and so need ticks. Read before <see cref="Leave"/>: a drop message needs a tick after it.</summary>
    public IReadOnlyCollection<string> TargetChannels
    {
        get
        {
            var needed = new HashSet<string>(StringComparer.Ordinal);
            foreach ((string channel, HashSet<long> there) in _living)
            {
                foreach (long id in there)
                {
                    AddShards(channel, id, needed);
                }
            }

            return needed;
        }
    }

    /// <summary>What a checkpoint at the end of a round says of each channel in use.</summary>
    public IReadOnlyDictionary<string, ChannelCheckpoint> Capture(Round round)
    {
        var captured = new Dictionary<string, ChannelCheckpoint>(StringComparer.Ordinal);
        foreach ((string channel, HashSet<long> there) in _living)
        {
            if (round.Resume.TryGetValue(channel, out var position))
            {
                long[] awaiting = [.. there.Where(id => collections.TryGetValue(id, out TargetCollection? collection) && collection.Dropped)];
                captured[channel] = new ChannelCheckpoint(position, awaiting);
            }
        }

        return captured;
    }

    private void AddShards(string channel, long id, HashSet<string> needed)
    {
        if (!collections.TryGetValue(id, out TargetCollection? collection))
        {
            return;
        }

        for (int i = 0; i < collection.SourceShards.Count; i++)
        {
            if (VirtualChannel.PhysicalOf(collection.SourceShards[i]) == channel)
            {
                needed.Add(collection.Shards[i].PChannel);
            }
        }
    }
}
