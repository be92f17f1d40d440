namespace MilvusCdc.Protocol.Logs;

/// <summary>A log whose broker may keep, for this reader, what was not acknowledged yet.</summary>
public interface IAcknowledgedLog : ISourceLog
{
    /// <summary>What lies before <paramref name="next"/> is not needed any more. Does nothing when the broker keeps nothing for this reader; never fails.</summary>
    void Acknowledge(string channel, LogPosition next);

    /// <summary>Removes what the broker keeps for this reader; the channels are closed. Throws <see cref="SourceLogException"/>.</summary>
    Task ForgetAsync(IEnumerable<string> channels, CancellationToken cancellation);
}
