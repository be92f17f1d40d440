using System.Globalization;

namespace MilvusCdc.Web.Components.Parts;

/// <summary>Numbers as people read them. What is not known is a dash, never a zero.</summary>
internal static class Display
{
    public const string Unknown = "–";

    public static string Age(TimeSpan? age) => age switch
    {
        null => Unknown,
        { TotalSeconds: < 2 } => "now",
        _ => $"{Duration(age)} ago",
    };

    public static string Duration(TimeSpan? duration) => duration switch
    {
        null => Unknown,
        { Ticks: < 0 } => $"-{Duration(-duration)}",
        { TotalMilliseconds: < 1000 } d => Invariant($"{d.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 10 } d => Invariant($"{d.TotalSeconds:0.0} s"),
        { TotalMinutes: < 2 } d => Invariant($"{d.TotalSeconds:0} s"),
        { TotalHours: < 2 } d => Invariant($"{(int)d.TotalMinutes} min {d.Seconds} s"),
        { TotalDays: < 2 } d => Invariant($"{(int)d.TotalHours} h {d.Minutes} min"),
        { } d => Invariant($"{(int)d.TotalDays} d {d.Hours} h"),
    };

    public static string Count(long? number) => number is { } n ? n.ToString("N0", CultureInfo.InvariantCulture) : Unknown;

    public static string Rate(double? perSecond) => perSecond switch
    {
        null => Unknown,
        0 => "0",
        < 10 => Invariant($"{perSecond:0.0}"),
        _ => Invariant($"{perSecond:N0}"),
    };

    public static string Bytes(long? bytes) => bytes switch
    {
        null => Unknown,
        < 1 << 10 => Invariant($"{bytes} B"),
        < 1 << 20 => Invariant($"{bytes / 1024.0:0.0} KiB"),
        < 1 << 30 => Invariant($"{bytes / 1048576.0:0.0} MiB"),
        _ => Invariant($"{bytes / 1073741824.0:0.00} GiB"),
    };

    /// <summary>Time of day in UTC.</summary>
    public static string Clock(DateTimeOffset? time) => time is { } at ? at.UtcDateTime.ToString("HH:mm:ss.f", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>Time of day in UTC, with the date when it is another day.</summary>
    public static string Clock(DateTimeOffset? time, DateTimeOffset now) =>
        time is { } at && at.UtcDateTime.Date != now.UtcDateTime.Date ? $"{at.UtcDateTime.ToString("MM-dd", CultureInfo.InvariantCulture)} {Clock(at)}" : Clock(time);

    /// <summary>The day, in UTC.</summary>
    public static string Day(DateTimeOffset? time) => time is { } at ? at.UtcDateTime.ToString("d MMM yyyy 'UTC'", CultureInfo.InvariantCulture) : "";

    public static string Full(DateTimeOffset? time) =>
        time is { } at ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture) : "not known";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
