using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Source;

/// <content>What a drop leaves in etcd for a while.</content>
public sealed partial class SourceMilvus
{
    /// <summary>The keys become tombstones at the drop's own timestamp, but much later.</summary>
    private void BuryLater(IEnumerable<string> keys, ulong timestamp, Database? database = null, string[]? aliases = null)
    {
        lock (_burials)
        {
            _burials.Enqueue(new Burial([.. keys], timestamp, database, aliases ?? []), _time.GetUtcNow() + Options.TombstoneDelay);
        }
    }

    private async Task BuryAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        while (NextBurial(now) is { } burial)
        {
            string[] aliases;
            lock (_instance.Gate)
            {
                // A name that serves another collection by now stays.
                aliases = [.. burial.Aliases.Where(alias => !burial.Database!.Aliases.ContainsKey(alias))];
            }

            // One key after the other, as the garbage collector does: the collection's comes last.
            foreach (string key in aliases.Select(alias => _store.Keys.Alias(burial.Database!.Id, alias)).Concat(burial.Keys))
            {
                await _store.BuryAsync([key], burial.Timestamp, cancellation);
            }
        }
    }

    private Burial? NextBurial(DateTimeOffset now)
    {
        lock (_burials)
        {
            return _burials.TryPeek(out _, out DateTimeOffset due) && due <= now ? _burials.Dequeue() : null;
        }
    }

    /// <summary>Keys that become tombstones some time after a drop, and aliases that go with them.</summary>
    private sealed record Burial(string[] Keys, ulong Timestamp, Database? Database, string[] Aliases);
}
