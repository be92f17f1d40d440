namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>Hybrid timestamps (milliseconds shifted by 18 bits, plus a counter), never the same twice.</summary>
internal sealed class TsoClock(TimeProvider time)
{
    private ulong _last;

    public TimeProvider Time { get; } = time;

    public ulong Next()
    {
        ulong now = At(Time.GetUtcNow());
        _last = now > _last ? now : _last + 1;
        return _last;
    }

    public static ulong At(DateTimeOffset moment) => (ulong)moment.ToUnixTimeMilliseconds() << 18;

    public static ulong Milliseconds(ulong timestamp) => timestamp >> 18;
}
