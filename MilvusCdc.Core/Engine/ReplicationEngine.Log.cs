using Microsoft.Extensions.Logging;

namespace MilvusCdc.Core.Engine;

internal sealed partial class ReplicationEngine
{
    [LoggerMessage(100, LogLevel.Information, "Task {TaskId} streams from timestamp {Frontier} ({Origin})")]
    private partial void Started(string taskId, ulong frontier, string origin);

    [LoggerMessage(101, LogLevel.Information, "Task {TaskId} has stopped at a cut: everything up to timestamp {Frontier} is on the target")]
    private partial void Stopped(string taskId, ulong frontier);

    [LoggerMessage(102, LogLevel.Information, "Task {TaskId} stands still at a cut; its {Channels} target channels get ticks, so that queries are answered")]
    private partial void Standing(string taskId, int channels);

    [LoggerMessage(103, LogLevel.Warning, "Task {TaskId} is at a cut, which could not be stored: its target channels get no ticks while it stands still. {Cause}")]
    private partial void CutNotMarked(string taskId, string cause);

    [LoggerMessage(104, LogLevel.Information, "Task {TaskId}: {Retention}")]
    private partial void Retention(string taskId, string retention);

    [LoggerMessage(105, LogLevel.Warning, "Task {TaskId} is removed, but its subscriptions may still be on Pulsar and keep the log of {Channels}: remove them there. {Reason}")]
    private partial void SubscriptionsLeft(string taskId, string channels, string reason);

    [LoggerMessage(106, LogLevel.Warning, "Task {TaskId} stands still, and this machine's clock does not fit the source's: its target's time goes on from the source's, {SourceTime:u}")]
    private partial void ClockCorrected(string taskId, DateTimeOffset sourceTime);
}
