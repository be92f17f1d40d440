namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>The machine's clock with a jump in it. Timers and measured times do not jump.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _shiftTicks;

    /// <summary>How far the clock is off; may be set at any time.</summary>
    public TimeSpan Shift
    {
        get => new(Interlocked.Read(ref _shiftTicks));
        set => Interlocked.Exchange(ref _shiftTicks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
