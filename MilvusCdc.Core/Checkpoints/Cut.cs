using System.Text.Json.Serialization;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Checkpoints;

/// <summary>
/// Whether a task's last run ended at a cut, so that its target holds nothing that the checkpoint does not cover. Written before a run sends its first row, and after it has stopped.
/// </summary>
/// <param name="Sending">Rows beyond the checkpoint may be on the target, or on their way there.</param>
/// <param name="Head">The newest source tick known; 0: none.</param>
/// <param name="At">When that was.</param>
internal sealed record Cut(
    bool Sending,
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)] ulong Head,
    DateTimeOffset At)
{
    /// <summary>The source's time at a later moment, by the clock of this machine: never before <see cref="Head"/>.</summary>
    public ulong SourceTime(DateTimeOffset now)
    {
        long passed = Math.Max(0, (long)(now - At).TotalMilliseconds);
        return Math.Max(Head, MilvusTime.Compose(MilvusTime.PhysicalMs(Head) + passed, 0));
    }
}
