using MilvusCdc.Protocol.Etcd.Wire;

namespace MilvusCdc.Protocol.Etcd;

/// <summary>
/// Makes batches out of a watch's responses: joins fragments, splits by revision, drops keys that nobody asked for, and knows where a new watch has to go on.
/// One watch covers all prefixes: with one watch a prefix, etcd sends what it owes one after the other after a reconnect, and nothing tells when all have caught up
/// (progress answers are wrong before etcd 3.5.8), so revisions would not rise.
/// </summary>
internal sealed class EtcdWatchAssembler(IReadOnlyList<string> prefixes, long fromRevision)
{
    private readonly List<Event> fragments = [];

    /// <summary>The first revision that was not delivered yet; 0: not known, from now on.</summary>
    public long Next { get; private set; } = fromRevision;

    /// <summary>A new stream begins: what came of a fragmented response is sent again.</summary>
    public void Restart() => fragments.Clear();

    /// <summary>Takes a response that is neither a cancellation nor a refusal.</summary>
    public IReadOnlyList<EtcdWatchBatch> Add(WatchResponse response)
    {
        if (response.Created)
        {
            Next = Next == 0 ? response.Header.Revision + 1 : Next;
            return [];
        }

        fragments.AddRange(response.Events);
        if (response.Fragment)
        {
            return [];
        }

        if (fragments.Count == 0)
        {
            return Progress(response.Header.Revision);
        }

        List<EtcdWatchBatch> batches = [];
        List<EtcdEvent> events = [];
        for (int i = 0; i < fragments.Count; i++)
        {
            long revision = fragments[i].Kv.ModRevision;
            EtcdKeyValue changed = EtcdKeyValue.From(fragments[i].Kv);
            if (revision >= Next && IsWanted(changed.Key))
            {
                events.Add(new EtcdEvent(fragments[i].Type == Event.Types.EventType.Delete ? EtcdEventKind.Delete : EtcdEventKind.Put, changed));
            }

            bool last = i + 1 == fragments.Count || fragments[i + 1].Kv.ModRevision != revision;
            if (last && events.Count > 0)
            {
                batches.Add(new EtcdWatchBatch(revision, events));
                events = [];
            }
        }

        Next = Math.Max(Next, fragments[^1].Kv.ModRevision + 1);
        fragments.Clear();
        return batches;
    }

    private List<EtcdWatchBatch> Progress(long revision)
    {
        if (revision < Next)
        {
            return [];
        }

        Next = revision + 1;
        return [new EtcdWatchBatch(revision, [])];
    }

    private bool IsWanted(string key)
    {
        foreach (string prefix in prefixes)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
