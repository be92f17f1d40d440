using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Target;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Common;
using Polly;
using Polly.CircuitBreaker;

namespace MilvusCdc.Core.Tests.Resilience;

public class TargetCallsTests
{
    private static readonly GrpcException Away = new(GrpcStatus.Unavailable, "refused");

    private readonly FakeTimeProvider _time = new();
    private int _calls;

    [Fact]
    public async Task A_hiccup_is_not_seen()
    {
        // A slow machine must not meet the limit while the clock runs ahead.
        ResiliencePipeline calls = TargetCalls.Pipeline(new ResilienceOptions { CallLimit = TimeSpan.FromHours(23) }, _time);

        Task running = CallAsync(calls, () => _calls++ < 3 ? Away : null);
        await AdvanceUntilAsync(running);

        await running;
        Assert.Equal(4, _calls);
    }

    [Theory]
    [InlineData(1901, "invalid replicate msg bytes")]
    [InlineData(1100, "invalid parameter")]
    [InlineData(65535, "Broker: Message size too large")]
    public async Task What_the_same_call_cannot_heal_is_told_at_once(int code, string reason)
    {
        ResiliencePipeline calls = TargetCalls.Pipeline(new ResilienceOptions(), _time);

        await Assert.ThrowsAsync<MilvusException>(() => CallAsync(calls, () => Count(new MilvusException("ReplicateMessage", code, ErrorCode.UnexpectedError, reason))));

        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task A_target_at_which_everything_fails_is_left_alone_for_a_moment_and_tried_again()
    {
        ResilienceOptions options = new() { CallRetries = 0, BreakerFailures = 3 };
        ResiliencePipeline calls = TargetCalls.Pipeline(options, _time);
        for (int failed = 0; failed < 3; failed++)
        {
            await Assert.ThrowsAsync<GrpcException>(() => CallAsync(calls, () => Count(Away)));
        }

        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => CallAsync(calls, () => Count(Away)));
        Assert.Equal(3, _calls);

        _time.Advance(options.BreakerPause);
        await CallAsync(calls, () => Count(null));
        await CallAsync(calls, () => Count(null));
        Assert.Equal(5, _calls);
    }

    [Fact]
    public async Task Refusals_of_single_requests_do_not_make_the_target_left_alone()
    {
        ResiliencePipeline calls = TargetCalls.Pipeline(new ResilienceOptions { CallRetries = 0, BreakerFailures = 2 }, _time);
        for (int refused = 0; refused < 10; refused++)
        {
            await Assert.ThrowsAsync<MilvusException>(() => CallAsync(calls, () => Count(new MilvusException("CreateAlias", 65535, ErrorCode.UnexpectedError, "name conflict"))));
        }

        Assert.Equal(10, _calls);
    }

    private Exception? Count(Exception? fault)
    {
        _calls++;
        return fault;
    }

    private static async Task CallAsync(ResiliencePipeline calls, Func<Exception?> call) =>
        await calls.ExecuteAsync(_ => call() is { } fault ? throw fault : ValueTask.CompletedTask, CancellationToken.None);

    private async Task AdvanceUntilAsync(Task done)
    {
        while (!done.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(1);
        }
    }
}
