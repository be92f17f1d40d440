using Microsoft.Extensions.Logging;

namespace MilvusCdc.Core.Tasks;

public sealed partial class TaskRunner
{
    [LoggerMessage(1001, LogLevel.Information, "Task {TaskId}: {From} -> {To}. {Reason}")]
    private static partial void LogPhase(ILogger logger, string taskId, TaskPhase from, TaskPhase to, string reason);

    [LoggerMessage(1002, LogLevel.Warning, "Task {TaskId} met {Kind}. {Sentence}")]
    private static partial void LogFault(ILogger logger, Exception thrown, string taskId, string kind, string sentence);
}
