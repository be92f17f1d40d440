using Microsoft.Extensions.Logging;

namespace MilvusCdc.Core.Engine;

internal sealed partial class ReplicationEngine
{
    [LoggerMessage(100, LogLevel.Information, "Task {TaskId} streams from timestamp {Frontier} ({Origin})")]
    private partial void Started(string taskId, ulong frontier, string origin);

    [LoggerMessage(101, LogLevel.Information, "Task {TaskId} has stopped at a cut: everything up to timestamp {Frontier} is on the target")]
    private partial void Stopped(string taskId, ulong frontier);
}
