namespace MilvusCdc.Sandbox.Matrix;

/// <summary>Something on a wire, by name and moment.</summary>
/// <param name="Name">One of <see cref="WireNames"/>, or a method of the target.</param>
/// <param name="Done">At the moment at which the other side has done it, and the worker does not know yet; false: the other side has done nothing yet.</param>
/// <param name="Nth">The how manieth of the replay, from 1.</param>
internal sealed record WireMatch(string Name, bool Done, int Nth = 1);

/// <summary>A place at which a worker is killed, once a replay.</summary>
/// <param name="Number">Its number in the table.</param>
/// <param name="Name">What a person reads.</param>
/// <param name="At">When it dies; with <paramref name="Then"/> or <paramref name="Pause"/>: when the second step is looked for.</param>
/// <param name="Then">The second step, counted from the first.</param>
/// <param name="Pause">At the first step the task is paused (the call is held until that is stored), so that the second lies inside the drain.</param>
internal sealed record KillPoint(int Number, string Name, WireMatch At, WireMatch? Then = null, bool Pause = false);

/// <summary>What became of a kill point.</summary>
internal sealed class KillOutcome(KillPoint point)
{
    /// <summary>The point.</summary>
    public KillPoint Point => point;

    /// <summary>Whether the replay came there.</summary>
    public bool Reached { get; set; }

    /// <summary>What was in flight when the worker died.</summary>
    public string InFlight { get; set; } = "";

    /// <summary>From the kill to the first tick of whoever runs the task then; null: it was killed again before.</summary>
    public TimeSpan? ToStreaming { get; set; }
}
