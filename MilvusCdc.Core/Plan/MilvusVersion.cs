using System.Globalization;

namespace MilvusCdc.Core.Plan;

/// <summary>A Milvus version as servers say it: <c>2.3.5</c>, <c>v2.4.1-lite</c>.</summary>
internal sealed record MilvusVersion(int Major, int Minor, int Patch) : IComparable<MilvusVersion>
{
    /// <summary>The first version that takes replicated messages.</summary>
    public static readonly MilvusVersion First = new(2, 3, 2);

    /// <summary>The first version after the last one that does.</summary>
    public static readonly MilvusVersion TooNew = new(2, 6, 0);

    /// <summary>Null when it is no version.</summary>
    public static MilvusVersion? Parse(string? text)
    {
        string[] parts = (text ?? "").TrimStart('v', 'V').Split('-', '+')[0].Split('.');
        return parts.Length >= 2 && Number(parts[0]) is { } major && Number(parts[1]) is { } minor
            ? new MilvusVersion(major, minor, parts.Length > 2 ? Number(parts[2]) ?? 0 : 0)
            : null;
    }

    public int CompareTo(MilvusVersion? other) => other is null ? 1 : (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public bool IsBefore(MilvusVersion other) => CompareTo(other) < 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
