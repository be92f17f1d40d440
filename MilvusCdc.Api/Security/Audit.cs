using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Api.Security;

/// <summary>Writes what people did into the operations log. What cannot be written is logged; what was done stays done.</summary>
internal sealed partial class Audit(OperationsLog operations, TimeProvider time, ILogger<Audit> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What an operation concerns, where the route does not say it.</summary>
    public static void Concerns(HttpContext http, string? task = null, string? subject = null)
    {
        Subject before = http.Features.Get<Subject>() ?? new Subject(null, null);
        http.Features.Set(new Subject(task ?? before.Task, subject ?? before.Name));
    }

    /// <summary>Notes how a request ended. Never throws.</summary>
    public async Task WriteAsync(HttpContext http, string action, int status, string? detail)
    {
        Caller caller = Caller.Of(http);
        Subject? subject = http.Features.Get<Subject>();
        OperationRecord record = new()
        {
            Id = operations.NextId(),
            At = time.GetUtcNow(),
            Who = caller.Name,
            From = http.Connection.RemoteIpAddress?.ToString() ?? "",
            Action = action,
            Task = subject?.Task,
            Subject = subject?.Name,
            Result = status < 400 ? OperationResult.Done : status < 500 ? OperationResult.Refused : OperationResult.Failed,
            Status = status,
            Detail = detail,
        };
        try
        {
            // The client may have gone by now; what it did is noted all the same.
            using CancellationTokenSource patience = new(Patience, time);
            await operations.AppendAsync(record, patience.Token);
        }
        catch (Exception failed) when (failed is EtcdException or OperationCanceledException)
        {
            LogNotWritten(logger, record.Who, record.From, record.Action, record.Task ?? "", record.Status, FaultClassifier.Classify(failed).Sentence);
        }
    }

    private sealed record Subject(string? Task, string? Name);

    [LoggerMessage(3020, LogLevel.Error, "The operations log does not have this, since it cannot be written: {Who} from {From} did {Action} on '{TaskId}' with the answer {Status}. {Cause}")]
    private static partial void LogNotWritten(ILogger logger, string who, string from, string action, string taskId, int status, string cause);
}
