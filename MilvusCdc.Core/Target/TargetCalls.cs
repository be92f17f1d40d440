using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using Polly;
using Polly.Retry;

namespace MilvusCdc.Core.Target;

/// <summary>
/// Short retries around one call to the target, for hiccups of a second or two. What lasts longer ends the run, and the task shows it while it tries again.
/// </summary>
internal static class TargetCalls
{
    /// <summary>Codes that a healthy server may answer for a moment: not ready, unavailable, rate limit, and the catch-all that Milvus uses while it starts.</summary>
    private static readonly int[] PassingCodes = [1, 2, 8, 65535];

    /// <summary>Up to four retries within about three seconds.</summary>
    public static ResiliencePipeline Pipeline(TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 4,
            Delay = TimeSpan.FromMilliseconds(100),
            BackoffType = DelayBackoffType.Exponential,
            MaxDelay = TimeSpan.FromSeconds(2),
            UseJitter = true,
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } fault && MayPass(fault)),
        })
        .Build();

    /// <summary>Whether the same call may succeed a moment later.</summary>
    public static bool MayPass(Exception fault) => fault switch
    {
        GrpcException { Status: GrpcStatus.Unavailable or GrpcStatus.DeadlineExceeded or GrpcStatus.Aborted or GrpcStatus.ResourceExhausted } => true,
        MilvusException refused => PassingCodes.Contains(refused.Code) && !refused.Reason.Contains("too large", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
