using System.Globalization;
using System.Text.RegularExpressions;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>
/// Which message, or which rows of it: <c>CHANNEL@POSITION</c>, and for a part of its rows <c>CHANNEL@POSITION~PATH</c>, where the path tells which half of which half: <c>01</c> is
/// the second half of the first half. It follows from the log alone, so the same message has the same id after a crash.
/// </summary>
/// <param name="Channel">The source pchannel.</param>
/// <param name="Position">Where the message lies in it.</param>
/// <param name="Path">Empty: the whole message.</param>
internal readonly partial record struct LetterId(string Channel, LogPosition Position, string Path = "")
{
    /// <summary>The last part of the letter's key: sorts by channel and, inside a channel, as the log does.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Channel}@{Position.Ledger:D19}:{Position.Entry:D19}:{Position.Batch + 1:D10}~{Path}");

    /// <summary>The id that is written in <paramref name="text"/>; null when it is none.</summary>
    public static LetterId? Parse(string text)
    {
        Match match = Form().Match(text);
        return match.Success && PositionText.TryParse(match.Groups["at"].Value, out LogPosition position)
            ? new LetterId(match.Groups["channel"].Value, position, match.Groups["path"].Value)
            : null;
    }

    /// <summary>The id whose <see cref="Key"/> is <paramref name="key"/>; null when it is none's.</summary>
    public static LetterId? ParseKey(string key)
    {
        Match match = KeyForm().Match(key);
        return match.Success
            ? new LetterId(
                match.Groups["channel"].Value,
                new LogPosition(Number(match, "ledger"), Number(match, "entry"), (int)Number(match, "batch") - 1),
                match.Groups["path"].Value)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Path.Length == 0 ? $"{Channel}@{Position}" : $"{Channel}@{Position}~{Path}";

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    [GeneratedRegex("^(?<channel>.+)@(?<ledger>-?[0-9]{19}):(?<entry>-?[0-9]{19}):(?<batch>[0-9]{10})~(?<path>[01*]*)$", RegexOptions.CultureInvariant)]
    private static partial Regex KeyForm();

    [GeneratedRegex("^(?<channel>.+)@(?<at>[0-9:-]+)(~(?<path>[01]+))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
