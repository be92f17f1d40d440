using System.Globalization;

namespace MilvusCdc.Core.Tasks;

/// <summary>A vchannel's name in its parts: <c>by-dev-rootcoord-dml_0_445566v1</c> is shard 1 of collection 445566 on <c>by-dev-rootcoord-dml_0</c>.</summary>
public sealed record VirtualChannel(string PhysicalChannel, long CollectionId, string Shard)
{
    /// <summary>Null when the name is none of a vchannel, or its collection id exceeds 64 bits.</summary>
    public static VirtualChannel? Parse(string name)
    {
        int underscore = name.LastIndexOf('_');
        int v = name.IndexOf('v', underscore + 1);
        if (underscore < 0 || v < 0)
        {
            return null;
        }

        string collection = name[(underscore + 1)..v];
        string shard = name[(v + 1)..];
        return IsDigits(collection) && IsDigits(shard) && long.TryParse(collection, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            ? new VirtualChannel(name[..underscore], id, shard)
            : null;
    }

    /// <summary>Whether the name has a vchannel's form, whatever the size of its numbers.</summary>
    public static bool HasForm(string name)
    {
        int underscore = name.LastIndexOf('_');
        int v = name.IndexOf('v', underscore + 1);
        return underscore >= 0 && v >= 0 && IsDigits(name[(underscore + 1)..v]) && IsDigits(name[(v + 1)..]);
    }

    /// <summary>The pchannel of a vchannel's name; the name itself when it has not a vchannel's form.</summary>
    public static string PhysicalOf(string name) => HasForm(name) ? name[..name.LastIndexOf('_')] : name;

    /// <summary>The shard's number in a vchannel's name; a name without one sorts last.</summary>
    public static int ShardOf(string name) =>
        int.TryParse(name.AsSpan(name.LastIndexOf('v') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int shard) ? shard : int.MaxValue;

    private static bool IsDigits(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
