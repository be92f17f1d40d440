using System.Collections.Immutable;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>All changes known, in two orders: when they happened, and when etcd told of them.</summary>
internal sealed class ChangeLog
{
    private readonly ImmutableSortedSet<Entry> _byTime;
    private readonly ImmutableSortedSet<Entry> _byArrival;

    private ChangeLog(ImmutableSortedSet<Entry> byTime, ImmutableSortedSet<Entry> byArrival)
    {
        _byTime = byTime;
        _byArrival = byArrival;
    }

    internal static ChangeLog Empty { get; } = new(
        ImmutableSortedSet.Create<Entry>(Comparer<Entry>.Create(static (x, y) => ByTime(x.Change, y.Change))),
        ImmutableSortedSet.Create<Entry>(Comparer<Entry>.Create(static (x, y) => x.Revision != y.Revision ? x.Revision.CompareTo(y.Revision) : ByTime(x.Change, y.Change))));

    /// <summary>Changes in (after, upTo], in order.</summary>
    internal IReadOnlyList<CatalogChange> Between(ulong after, ulong upTo)
    {
        List<CatalogChange> found = [];
        for (int i = FirstAfter(_byTime, entry => entry.Change.Timestamp <= after); i < _byTime.Count && _byTime[i].Change.Timestamp <= upTo; i++)
        {
            found.Add(_byTime[i].Change);
        }

        return found;
    }

    /// <summary>Changes that etcd told of after a revision, in the order they happened.</summary>
    internal IReadOnlyList<CatalogChange> ArrivedSince(long revision)
    {
        List<CatalogChange> found = [];
        for (int i = FirstAfter(_byArrival, entry => entry.Revision <= revision); i < _byArrival.Count; i++)
        {
            found.Add(_byArrival[i].Change);
        }

        found.Sort(ByTime);
        return found;
    }

    internal Edit ToEdit() => new(_byTime.ToBuilder(), _byArrival.ToBuilder());

    private static int FirstAfter(ImmutableSortedSet<Entry> entries, Predicate<Entry> isBefore)
    {
        int low = 0;
        int high = entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = isBefore(entries[middle]) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static int ByTime(CatalogChange x, CatalogChange y)
    {
        int order = x.Timestamp.CompareTo(y.Timestamp);
        order = order != 0 ? order : x.Rank.CompareTo(y.Rank);
        order = order != 0 ? order : x.Subject.Id.CompareTo(y.Subject.Id);
        order = order != 0 ? order : x.Subject.Part.CompareTo(y.Subject.Part);
        return order != 0 ? order : string.CompareOrdinal(x.Subject.Name, y.Subject.Name);
    }

    internal readonly record struct Entry(CatalogChange Change, long Revision);

    /// <summary>The log while one revision is taken in.</summary>
    internal sealed class Edit(ImmutableSortedSet<Entry>.Builder byTime, ImmutableSortedSet<Entry>.Builder byArrival)
    {
        /// <summary>One thing's changes as they are known now, in place of those known before. What was known keeps its arrival.</summary>
        internal void Replace(IReadOnlyList<CatalogChange> before, IReadOnlyList<CatalogChange> now, long revision)
        {
            Dictionary<(ulong, int, (long, long, string)), long> arrivals = [];
            foreach (CatalogChange change in before)
            {
                if (byTime.TryGetValue(new(change, 0), out Entry known))
                {
                    arrivals[(change.Timestamp, change.Rank, change.Subject)] = known.Revision;
                    byTime.Remove(known);
                    byArrival.Remove(known);
                }
            }

            foreach (CatalogChange change in now)
            {
                var entry = new Entry(change, arrivals.GetValueOrDefault((change.Timestamp, change.Rank, change.Subject), revision));
                byTime.Add(entry);
                byArrival.Add(entry);
            }
        }

        internal ChangeLog ToLog() => new(byTime.ToImmutable(), byArrival.ToImmutable());
    }
}
