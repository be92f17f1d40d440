using System.Globalization;

namespace MilvusCdc.Sandbox.Source;

/// <summary>A Milvus version, and what a source of it does differently (milvus-source-formats.md §3.3, §6).</summary>
public readonly record struct SourceVersion(int Major, int Minor, int Patch) : IComparable<SourceVersion>
{
    /// <summary>The version of the recordings.</summary>
    public static readonly SourceVersion Recorded = new(2, 3, 5);

    /// <summary>LoadPartitions and ReleasePartitions are on the replicate channel.</summary>
    internal bool PublishesPartitionLoads => IsAtLeast(2, 3, 6);

    /// <summary>Altered properties reach etcd. A 2.3.5 keeps them to itself, as its recording shows; when that ended is not known.</summary>
    internal bool StoresAlteredProperties => IsAtLeast(2, 3, 6);

    /// <summary>AlterIndex exists, and is on the replicate channel.</summary>
    internal bool AltersIndexes => IsAtLeast(2, 4, 0);

    /// <summary>AlterDatabase exists, and is on the replicate channel.</summary>
    internal bool AltersDatabases => IsAtLeast(2, 4, 10);

    /// <summary>Users, roles and grants are on the replicate channel.</summary>
    internal bool PublishesAccess => IsAtLeast(2, 4, 10);

    /// <summary>Rows and operations (not what is broadcast) carry the property msg_type.</summary>
    internal bool NamesTypes => IsAtLeast(2, 4, 13);

    /// <summary>Insert and Delete carry the database's name.</summary>
    internal bool NamesDatabases => IsAtLeast(2, 4, 18);

    /// <summary>CollectionInfo carries the time of its last change.</summary>
    internal bool DatesCollections => IsAtLeast(2, 4, 22);

    /// <summary>A collection with aliases cannot be dropped.</summary>
    internal bool KeepsAliased => IsAtLeast(2, 4, 23);

    /// <summary>Properties, renames and aliases are on the replicate channel too.</summary>
    internal bool PublishesMetadata => IsAtLeast(2, 5, 12);

    /// <summary>Bytes at which Insert messages are cut.</summary>
    internal int MaxMessageBytes => IsAtLeast(2, 4, 0) ? 2 << 20 : 5 << 20;

    /// <summary>Partitions of a collection with a partition key, when the client does not say how many.</summary>
    internal int PartitionKeyPartitions => IsAtLeast(2, 4, 0) ? 16 : 64;

    /// <summary>Reads "2.3.5", "v2.4.13".</summary>
    /// <exception cref="FormatException">It is no version of 2.3 to 2.5.</exception>
    public static SourceVersion Parse(string text)
    {
        string[] parts = text.TrimStart('v').Split('.');
        return parts.Length == 3 && Number(parts[0]) is 2 && Number(parts[1]) is { } minor and >= 3 and <= 5 && Number(parts[2]) is { } patch
            ? new SourceVersion(2, minor, patch)
            : throw new FormatException($"'{text}' is no version of a source; 2.3.2 to 2.5.x are, such as 2.3.5 or 2.4.13");
    }

    /// <inheritdoc/>
    public int CompareTo(SourceVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <summary>Whether <paramref name="left"/> is older.</summary>
    public static bool operator <(SourceVersion left, SourceVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is newer.</summary>
    public static bool operator >(SourceVersion left, SourceVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not newer.</summary>
    public static bool operator <=(SourceVersion left, SourceVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not older.</summary>
    public static bool operator >=(SourceVersion left, SourceVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"v{Major}.{Minor}.{Patch}");

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private bool IsAtLeast(int major, int minor, int patch) => CompareTo(new SourceVersion(major, minor, patch)) >= 0;
}
