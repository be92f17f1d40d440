using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Tests.Grpc;

public sealed class GrpcDuplexTests : IAsyncLifetime
{
    private const string Method = "/test.Echo/Stream";
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GrpcTestServer server = null!;
    private GrpcChannel channel = null!;

    public async Task InitializeAsync()
    {
        server = await GrpcTestServer.StartAsync(routes => routes.MapGrpcDuplex<KeyDataPair, KeyDataPair>(Method, KeyDataPair.Parser, async (requests, write, call) =>
        {
            try
            {
                await foreach (KeyDataPair request in requests)
                {
                    if (request.Key == "refuse")
                    {
                        throw new GrpcException(GrpcStatus.FailedPrecondition, "no more");
                    }

                    await write(request);
                }

                ended.TrySetResult("completed");
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                ended.TrySetResult("broken");
                throw;
            }
        }));
        channel = server.Connect();
    }

    public async Task DisposeAsync()
    {
        channel.Dispose();
        await server.DisposeAsync();
    }

    private Task<GrpcDuplexCall<KeyDataPair, KeyDataPair>> OpenAsync(string first, GrpcCallOptions call = default, CancellationToken cancellation = default) =>
        channel.DuplexAsync(Method, new KeyDataPair { Key = first }, KeyDataPair.Parser, call, cancellation);

    [Fact]
    public async Task Messages_go_both_ways_until_the_client_completes()
    {
        using GrpcDuplexCall<KeyDataPair, KeyDataPair> call = await OpenAsync("0");
        for (int i = 1; i < 100; i++)
        {
            await call.WriteAsync(new KeyDataPair { Key = $"{i}" }, default);
        }

        await call.CompleteAsync();
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal($"{i}", (await call.ReadAsync(default))!.Key);
        }

        Assert.Null(await call.ReadAsync(default));
        Assert.Equal("completed", await ended.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_refusal_in_the_middle_reaches_the_reader()
    {
        using GrpcDuplexCall<KeyDataPair, KeyDataPair> call = await OpenAsync("0");
        Assert.NotNull(await call.ReadAsync(default));
        await call.WriteAsync(new KeyDataPair { Key = "refuse" }, default);
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => call.ReadAsync(default));
        Assert.Equal((GrpcStatus.FailedPrecondition, "no more"), (e.Status, e.Detail));
    }

    [Fact]
    public async Task Dispose_breaks_the_call_instead_of_completing_it()
    {
        GrpcDuplexCall<KeyDataPair, KeyDataPair> call = await OpenAsync("0");
        Assert.NotNull(await call.ReadAsync(default));
        call.Dispose();
        call.Dispose();
        Assert.Equal("broken", await ended.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_cancelled_opening_token_ends_the_open_call()
    {
        using CancellationTokenSource source = new();
        using GrpcDuplexCall<KeyDataPair, KeyDataPair> call = await OpenAsync("0", cancellation: source.Token);
        Assert.NotNull(await call.ReadAsync(default));
        Task<KeyDataPair?> read = call.ReadAsync(default);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => read.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("broken", await ended.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_closed_channel_ends_the_open_call()
    {
        using GrpcDuplexCall<KeyDataPair, KeyDataPair> call = await OpenAsync("0");
        Assert.NotNull(await call.ReadAsync(default));
        Task<KeyDataPair?> read = call.ReadAsync(default);
        channel.Dispose();
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => read.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal((GrpcStatus.Unavailable, "the channel was closed"), (e.Status, e.Detail));
        Assert.Equal("broken", await ended.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        await Assert.ThrowsAsync<GrpcException>(() => OpenAsync("0"));
    }

    [Fact]
    public async Task A_passed_deadline_ends_the_open_call()
    {
        using (GrpcDuplexCall<KeyDataPair, KeyDataPair> connecting = await OpenAsync("0"))
        {
            await connecting.ReadAsync(default);
        }

        using GrpcDuplexCall<KeyDataPair, KeyDataPair> call = await OpenAsync("0", new GrpcCallOptions(TimeSpan.FromSeconds(2)));
        Assert.NotNull(await call.ReadAsync(default));
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => call.ReadAsync(default).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(GrpcStatus.DeadlineExceeded, e.Status);
    }

    [Fact]
    public async Task A_server_that_stops_ends_the_reader()
    {
        using GrpcDuplexCall<KeyDataPair, KeyDataPair> call = await OpenAsync("0");
        Assert.NotNull(await call.ReadAsync(default));
        Task<KeyDataPair?> read = call.ReadAsync(default);
        await server.DisposeAsync();
        await Assert.ThrowsAsync<GrpcException>(() => read.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task An_unknown_method_fails_at_the_opening()
    {
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => channel.DuplexAsync("/no.Such/Method", new KeyDataPair(), KeyDataPair.Parser, default, default));
        Assert.Equal(GrpcStatus.Unimplemented, e.Status);
    }
}
