using MilvusCdc.Api.Security;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Api.V1;

/// <summary>Endpoint metadata: what the endpoint is called in the operations log.</summary>
internal sealed record AuditedAs(string Action);

/// <summary>Around every endpoint of <c>/api/v1</c>: what is thrown becomes a problem, and what changes something is written into the operations log.</summary>
internal sealed partial class V1Filter(Audit audit, ILogger<V1Filter> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        object? answer = null;
        V1Problem? problem = null;
        try
        {
            answer = await next(context);
        }
        catch (Exception thrown) when (ProblemOf(thrown) is { } known)
        {
            problem = known;
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return Results.Empty;
        }
#pragma warning disable CA1031 // Whatever an endpoint throws becomes an answer in the API's own form.
        catch (Exception unknown)
#pragma warning restore CA1031
        {
            LogUnexpected(logger, unknown, http.Request.Method, http.Request.Path);
            problem = Problems.Of(ProblemCode.Unexpected, $"The server met something it does not know ({unknown.GetType().Name}); its log says more.");
        }

        if (http.GetEndpoint()?.Metadata.GetMetadata<AuditedAs>() is { } audited)
        {
            int status = problem?.Status ?? (answer as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
            await audit.WriteAsync(http, audited.Action, status, problem?.Detail);
        }

        return problem is null ? answer : ProblemWriter.Result(problem);
    }

    private static V1Problem? ProblemOf(Exception thrown) => thrown switch
    {
        V1Exception stated => stated.Problem,
        EtcdException store => Problems.Of(ProblemCode.StoreUnavailable, FaultClassifier.Classify(store).Sentence),
        TaskRecordException broken => Problems.Of(ProblemCode.RecordUnreadable, broken.Message),
        DeadLetterException letter => Problems.Of(letter.Problem is DeadLetterProblem.NotFound ? ProblemCode.LetterUnknown : ProblemCode.LetterState, letter.Message),
        CheckpointTransferException checkpoint => new V1Problem(
            checkpoint.Problem switch
            {
                CheckpointProblem.NotFound => ProblemCode.CheckpointUnknown,
                CheckpointProblem.Conflict => ProblemCode.CheckpointState,
                _ => ProblemCode.CheckpointInvalid,
            },
            checkpoint.Message)
        { Errors = [.. checkpoint.Sentences.Select(static sentence => new FieldMistake("", "checkpoint", sentence))] },
        BadHttpRequestException wrong => Problems.Of(ProblemCode.BodyNotJson, wrong.Message),
        _ => null,
    };

    [LoggerMessage(3010, LogLevel.Error, "{Method} {Path} ended in something unknown and was answered with 500")]
    private static partial void LogUnexpected(ILogger logger, Exception thrown, string method, string path);
}
