using System.Globalization;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>The <c>grpc-timeout</c> header: at most eight digits and a unit.</summary>
internal static class GrpcTimeout
{
    private const long MostDigits = 99_999_999;

    public static string Format(TimeSpan timeout)
    {
        long milliseconds = Math.Max(1, (long)Math.Ceiling(timeout.TotalMilliseconds));
        return milliseconds <= MostDigits
            ? milliseconds.ToString(CultureInfo.InvariantCulture) + "m"
            : Math.Min(MostDigits, (long)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "S";
    }

    public static bool TryParse(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long value))
        {
            return false;
        }

        long? ticksPerUnit = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 0,
            _ => null,
        };
        if (ticksPerUnit is not { } ticks)
        {
            return false;
        }

        timeout = TimeSpan.FromTicks(ticks == 0 ? value / TimeSpan.NanosecondsPerTick : value * ticks);
        return true;
    }
}
