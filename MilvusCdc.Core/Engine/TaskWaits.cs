using System.Globalization;

namespace MilvusCdc.Core.Engine;

/// <summary>What a task waits for at this moment, so that a wait without end does not look like work. Safe to use from any thread.</summary>
public sealed class TaskWaits
{
    /// <summary>A wait that is longer is worth telling.</summary>
    public static readonly TimeSpan Telling = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<Wait> _waits = [];

    /// <summary>Begins to wait; it ends with the answer's disposal.</summary>
    /// <param name="what">Whom it waits for, in a person's words, to be followed by "for N s".</param>
    /// <param name="time">Measures it.</param>
    public IDisposable Begin(string what, TimeProvider time)
    {
        Wait wait = new(this, what, time.GetTimestamp());
        lock (_lock)
        {
            _waits.Add(wait);
        }

        return wait;
    }

    /// <summary>The longest wait, when it is worth telling; null: there is none.</summary>
    public string? Describe(TimeProvider time)
    {
        Wait? longest;
        lock (_lock)
        {
            longest = _waits.Count > 0 ? _waits[0] : null;
        }

        return longest is not null && time.GetElapsedTime(longest.Since) is var waited && waited >= Telling
            ? string.Create(CultureInfo.InvariantCulture, $"{longest.What} for {Math.Floor(waited.TotalSeconds)} s")
            : null;
    }

    private void End(Wait wait)
    {
        lock (_lock)
        {
            _waits.Remove(wait);
        }
    }

    private sealed class Wait(TaskWaits waits, string what, long since) : IDisposable
    {
        public string What => what;

        public long Since => since;

        public void Dispose() => waits.End(this);
    }
}
