using MilvusCdc.Core.Resilience;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace MilvusCdc.Core.Target;

/// <summary>
/// Short retries around one call to the target, for hiccups of a second or two. What lasts longer ends the run, and the task shows it while it tries again. A target at which
/// every call fails is left alone for a moment, by all its tasks.
/// </summary>
internal static class TargetCalls
{
    /// <summary>Codes that a healthy server may answer for a moment: not ready, unavailable, rate limit, and the catch-all that Milvus uses while it starts.</summary>
    private static readonly int[] PassingCodes = [1, 2, 8, 65535];

    /// <summary>Codes that say that the server as a whole is away. The catch-all is not among them: it may be about one request.</summary>
    private static readonly int[] AwayCodes = [1, 2];

    /// <summary>The calls to one target. Throws what the call throws, <see cref="Polly.Timeout.TimeoutRejectedException"/>, or <see cref="BrokenCircuitException"/> while the target is left alone.</summary>
    public static ResiliencePipeline Pipeline(ResilienceOptions options, TimeProvider time)
    {
        ResiliencePipelineBuilder builder = new() { TimeProvider = time };
        builder.AddTimeout(options.CallLimit);
        if (options.CallRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.CallRetries,
                Delay = options.CallFirstDelay,
                BackoffType = DelayBackoffType.Exponential,
                MaxDelay = options.CallLongestDelay,
                UseJitter = true,
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } fault && MayPass(fault)),
            });
        }

        return builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 1,
            MinimumThroughput = options.BreakerFailures,
            SamplingDuration = options.BreakerWindow,
            BreakDuration = options.BreakerPause,
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } fault && IsAway(fault)),
        }).Build();
    }

    /// <summary>Whether the same call may succeed a moment later.</summary>
    public static bool MayPass(Exception fault) => RefusedMessageException.Of(fault) is null && fault switch
    {
        GrpcException { Status: GrpcStatus.Unavailable or GrpcStatus.DeadlineExceeded or GrpcStatus.Aborted or GrpcStatus.ResourceExhausted } => true,
        MilvusException refused => PassingCodes.Contains(refused.Code),
        _ => false,
    };

    private static bool IsAway(Exception fault) => fault switch
    {
        GrpcException { Status: GrpcStatus.Unavailable or GrpcStatus.DeadlineExceeded or GrpcStatus.Aborted } => true,
        MilvusException refused => AwayCodes.Contains(refused.Code),
        _ => false,
    };
}
