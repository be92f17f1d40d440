using System.Collections.Immutable;
using Google.Protobuf;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>A record from a timestamp on; null: a tombstone. <paramref name="Revision"/> is the etcd revision that wrote it.</summary>
internal readonly record struct KeyVersion(ulong Timestamp, IMessage? Value, long Revision);

/// <summary>
/// All known versions of one key in timestamp order. A version of the same timestamp overwrites (Created over Creating, a late tombstone over Dropping);
/// what etcd garbage-collects stays known. What is told again (a watch that was opened anew) changes nothing.
/// </summary>
internal sealed record KeyVersions(ImmutableArray<KeyVersion> All, long Revision)
{
    internal static KeyVersions None { get; } = new([], 0);

    /// <summary>What a dated copy says.</summary>
    internal KeyVersions WithDated(ulong timestamp, IMessage? value, long revision)
    {
        // Migrations of old layouts are written "at the end of time": the date says nothing, and the newest state has the same bytes.
        if (timestamp == ulong.MaxValue)
        {
            return this;
        }

        int at = All.Length;
        while (at > 0 && All[at - 1].Timestamp > timestamp)
        {
            at--;
        }

        var version = new KeyVersion(timestamp, value, revision);
        long newest = Math.Max(Revision, revision);
        if (at == 0 || All[at - 1].Timestamp != timestamp)
        {
            return new(All.Insert(at, version), newest);
        }

        return All[at - 1].Revision >= revision ? this : new(All.SetItem(at - 1, version), newest);
    }

    /// <summary>What the undated key says. It says nothing new when a dated copy of its revision or a later one is known: one transaction writes both.</summary>
    internal KeyVersions WithNewest(IMessage? value, long revision)
    {
        if (revision <= Revision)
        {
            return this;
        }

        if (All.IsEmpty)
        {
            return value is null ? this : new([new(CatalogValue.CreationTime(value), value, revision)], revision);
        }

        KeyVersion newest = All[^1];
        if (Equals(newest.Value, value))
        {
            return this with { Revision = revision };
        }

        return value is null ? Removed(revision) : new(All.SetItem(All.Length - 1, new(newest.Timestamp, value, revision)), revision);
    }

    /// <summary>The undated key left etcd. Normal after a tombstone; else the drop was not seen, and all that is sure is that it came after the newest version.</summary>
    internal KeyVersions WithoutNewest(long revision) => revision <= Revision || All.IsEmpty || All[^1].Value is null ? this : Removed(revision);

    private KeyVersions Removed(long revision) => new(All.Add(new(All[^1].Timestamp + 1, null, revision)), revision);

    /// <summary>The version that holds at a timestamp; null when the key did not exist yet.</summary>
    internal KeyVersion? At(ulong timestamp)
    {
        for (int i = All.Length - 1; i >= 0; i--)
        {
            if (All[i].Timestamp <= timestamp)
            {
                return All[i];
            }
        }

        return null;
    }

    /// <summary>The last record that is not a tombstone, or null.</summary>
    internal IMessage? LastValue => All.LastOrDefault(version => version.Value is not null).Value;

    /// <summary>
    /// One line of versions out of several keys that describe the same thing (layouts, databases). At each timestamp the youngest live record counts,
    /// of equally young ones the one under the key that comes last; a tombstone counts only where nothing is live.
    /// </summary>
    internal static IEnumerable<(ulong Timestamp, CatalogKey Key, IMessage? Value)> Merge(IReadOnlyList<KeyValuePair<CatalogKey, KeyVersions>> keys)
    {
        foreach (ulong at in keys.SelectMany(key => key.Value.All).Select(version => version.Timestamp).Distinct().Order())
        {
            (ulong Timestamp, CatalogKey Key, IMessage? Value) best = default;
            foreach ((CatalogKey key, KeyVersions versions) in keys)
            {
                if (versions.At(at) is { Value: { } value } version && (best.Value is null || version.Timestamp >= best.Timestamp))
                {
                    best = (version.Timestamp, key, value);
                }
            }

            yield return (at, best.Key, best.Value);
        }
    }
}
