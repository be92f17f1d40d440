using System.Net;
using System.Net.Sockets;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace MilvusCdc.ServiceDefaults.Http;

/// <summary>
/// How calls between our processes are repeated: each try has 10 s, all tries together 30 s; three more tries for what may be repeated
/// (GET, HEAD, OPTIONS, PUT, DELETE) after a connection fault, a time-out, 408, 429 or 5xx.
/// </summary>
internal sealed class HttpResilience
{
    private static readonly TimeSpan s_attempt = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_all = TimeSpan.FromSeconds(30);

    public HttpResilience(TimeProvider? time = null)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time ?? TimeProvider.System };
        Pipeline = builder
            .AddTimeout(s_all)
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = arguments => ValueTask.FromResult(IsTransient(arguments.Outcome)),
                MaxRetryAttempts = 3,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                OnRetry = static arguments =>
                {
                    // The answer that is not used is still holding its connection.
                    arguments.Outcome.Result?.Dispose();
                    return default;
                },
            })
            .AddTimeout(s_attempt)
            .Build();
    }

    public ResiliencePipeline<HttpResponseMessage> Pipeline { get; }

    internal static bool MayRepeat(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Put || method == HttpMethod.Delete;

    private static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or SocketException or TimeoutRejectedException } => true,
        { Result.StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests } => true,
        { Result.StatusCode: >= HttpStatusCode.InternalServerError } => true,
        _ => false,
    };
}
