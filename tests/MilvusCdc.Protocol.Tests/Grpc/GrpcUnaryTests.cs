using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MilvusCdc.Protocol.Buffers;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Sockets;

namespace MilvusCdc.Protocol.Tests.Grpc;

public sealed class GrpcUnaryTests : IAsyncLifetime
{
    private const string Echo = "/test.Echo/Echo";
    private readonly TaskCompletionSource serverCancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource serverEntered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GrpcTestServer server = null!;
    private GrpcChannel channel = null!;

    public async Task InitializeAsync()
    {
        server = await GrpcTestServer.StartAsync(routes =>
        {
            routes.MapGrpcUnary<KeyDataPair, KeyDataPair>(Echo, KeyDataPair.Parser, (request, _) => ValueTask.FromResult(request));
            routes.MapGrpcUnary<KeyDataPair, KeyDataPair>("/test.Echo/Headers", KeyDataPair.Parser, (request, call) =>
                ValueTask.FromResult(new KeyDataPair { Key = $"{call.Metadata["dbname"]}|{call.Metadata["te"]}|{call.Timeout?.TotalSeconds}|{call.Method}" }));
            routes.MapGrpcUnary<KeyDataPair, KeyDataPair>("/test.Echo/Refuse", KeyDataPair.Parser, (request, _) =>
                throw new GrpcException(GrpcStatus.NotFound, request.Key));
            routes.MapGrpcUnary<KeyDataPair, KeyDataPair>("/test.Echo/Crash", KeyDataPair.Parser, (_, _) => throw new InvalidOperationException("a defect"));
            routes.MapGrpcUnary<KeyDataPair, KeyDataPair>("/test.Echo/Hang", KeyDataPair.Parser, async (request, call) =>
            {
                serverEntered.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, call.CancellationToken);
                }
                finally
                {
                    serverCancelled.TrySetResult();
                }

                return request;
            });
            routes.MapGrpcRaw("/test.Echo/Raw", (request, _) => ValueTask.FromResult(request));
            routes.MapGrpcRaw("/test.Echo/Length", (request, _) =>
                ValueTask.FromResult<ReadOnlyMemory<byte>>(new KeyDataPair { Key = request.Length.ToString(CultureInfo.InvariantCulture) }.ToByteArray()));
            routes.MapGrpcUnimplemented();
        });
        channel = server.Connect();
    }

    public async Task DisposeAsync()
    {
        channel.Dispose();
        await server.DisposeAsync();
    }

    private Task<KeyDataPair> CallAsync(string method, KeyDataPair request, GrpcCallOptions call = default, CancellationToken cancellation = default) =>
        channel.UnaryAsync(method, request, KeyDataPair.Parser, call, cancellation);

    [Fact]
    public async Task A_message_comes_back_as_it_was_sent()
    {
        KeyDataPair sent = new() { Key = "é", Data = ByteString.CopyFrom(1, 2, 3) };
        Assert.Equal(sent, await CallAsync(Echo, sent));
    }

    [Fact]
    public async Task An_empty_message_is_a_message()
    {
        Assert.Equal(new KeyDataPair(), await CallAsync(Echo, new KeyDataPair()));
        Assert.Equal(new KeyDataPair(), await channel.UnaryAsync(Echo, ReadOnlySequence<byte>.Empty, KeyDataPair.Parser, default, default));
    }

    [Fact]
    public async Task Metadata_and_deadline_reach_the_server()
    {
        GrpcCallOptions call = new(TimeSpan.FromSeconds(7), [new("dbname", "shop")]);
        Assert.Equal("shop|trailers|7|/test.Echo/Headers", (await CallAsync("/test.Echo/Headers", new KeyDataPair(), call)).Key);
    }

    [Theory]
    [InlineData("plain words: with a colon")]
    [InlineData("no such thing: é %41 \n 漢字")]
    public async Task A_refusal_keeps_its_status_and_words(string words)
    {
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => CallAsync("/test.Echo/Refuse", new KeyDataPair { Key = words }));
        Assert.Equal(GrpcStatus.NotFound, e.Status);
        Assert.Equal(words, e.Detail);
        Assert.Equal($"NOT_FOUND: {words} (/test.Echo/Refuse at {channel.Address})", e.Message);
    }

    [Fact]
    public async Task A_crashing_handler_is_unknown()
    {
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => CallAsync("/test.Echo/Crash", new KeyDataPair()));
        Assert.Equal((GrpcStatus.Unknown, "a defect"), (e.Status, e.Detail));
    }

    [Fact]
    public async Task An_unknown_method_is_unimplemented_and_named()
    {
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => CallAsync("/milvus.proto.milvus.MilvusService/Nope", new KeyDataPair()));
        Assert.Equal(GrpcStatus.Unimplemented, e.Status);
        Assert.Equal("unknown method Nope for service milvus.proto.milvus.MilvusService", e.Detail);
    }

    [Fact]
    public async Task A_passed_deadline_is_deadline_exceeded_on_both_sides()
    {
        await CallAsync(Echo, new KeyDataPair());
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => CallAsync("/test.Echo/Hang", new KeyDataPair(), new GrpcCallOptions(TimeSpan.FromSeconds(1))));
        Assert.Equal(GrpcStatus.DeadlineExceeded, e.Status);
        await serverCancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_cancelled_call_throws_cancellation_and_the_server_notices()
    {
        using CancellationTokenSource source = new();
        Task<KeyDataPair> call = CallAsync("/test.Echo/Hang", new KeyDataPair(), cancellation: source.Token);
        await serverEntered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await source.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAsync<OperationCanceledException>(() => call);
        Assert.Equal(source.Token, e.CancellationToken);
        await serverCancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_server_that_resets_every_connection_is_unavailable()
    {
        await using TcpGate gate = new(new Uri($"http://{channel.Address}"));
        await gate.SetAsync(GateMode.Resetting);
        using GrpcChannel reset = new(new GrpcChannelOptions { Address = gate.Endpoint });
        for (int attempt = 0; attempt < 100; attempt++)
        {
            GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => reset.UnaryAsync(Echo, new KeyDataPair(), KeyDataPair.Parser, default, default));
            Assert.Equal(GrpcStatus.Unavailable, e.Status);
        }
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        using KeptPort port = KeptPort.Take();
        using GrpcChannel nobody = new(new GrpcChannelOptions { Address = port.Address });
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => nobody.UnaryAsync(Echo, new KeyDataPair(), KeyDataPair.Parser, default, default));
        Assert.Equal(GrpcStatus.Unavailable, e.Status);
        Assert.Contains("refused", e.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"127.0.0.1:{port}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_breaks_the_call_as_unavailable_or_cancelled()
    {
        Task<KeyDataPair> call = CallAsync("/test.Echo/Hang", new KeyDataPair());
        await serverEntered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await server.DisposeAsync();
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => call.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains(e.Status, new[] { GrpcStatus.Unavailable, GrpcStatus.Cancelled, GrpcStatus.Internal });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Bodies_in_pieces_arrive_as_one_message(int megabytes)
    {
        byte[] all = new byte[megabytes << 20];
        new Random(megabytes).NextBytes(all);
        GatherList pieces = new();
        int[] sizes = [1, 7, 200, 4096, 4097, 16 << 10, 100_000, 3];
        for (int at = 0, i = 0; at < all.Length; i++)
        {
            int size = Math.Min(sizes[i % sizes.Length], all.Length - at);
            pieces.Add(all.AsMemory(at, size));
            at += size;
        }

        // The message's own framing: field 2 (data).
        byte[] head = new byte[16];
        CodedOutputStream output = new(head);
        output.WriteTag(2, WireFormat.WireType.LengthDelimited);
        output.WriteLength(all.Length);
        output.Flush();
        GatherList body = new();
        body.Add(head.AsMemory(0, (int)output.Position));
        body.Add(pieces.ToSequence());

        KeyDataPair answer = await channel.UnaryAsync("/test.Echo/Raw", body.ToSequence(), KeyDataPair.Parser, default, default);
        Assert.True(answer.Data.Span.SequenceEqual(all));
    }

    [Fact]
    public async Task A_message_above_the_servers_limit_is_resource_exhausted_in_milvus_words()
    {
        byte[] piece = new byte[1 << 20];
        GatherList body = new();
        for (int i = 0; i < 65; i++)
        {
            body.Add(piece);
        }

        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync("/test.Echo/Length", body.ToSequence(), KeyDataPair.Parser, default, default));
        Assert.Equal(GrpcStatus.ResourceExhausted, e.Status);
        Assert.Equal("grpc: received message larger than max (68157440 vs. 67108864)", e.Detail);
        Assert.Equal("x", (await CallAsync(Echo, new KeyDataPair { Key = "x" })).Key);
    }

    [Fact]
    public async Task An_answer_above_the_clients_limit_is_resource_exhausted()
    {
        using GrpcChannel small = server.Connect(options => options.MaxReceiveBytes = 1000);
        KeyDataPair big = new() { Data = ByteString.CopyFrom(new byte[2000]) };
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => small.UnaryAsync(Echo, big, KeyDataPair.Parser, default, default));
        Assert.Equal(GrpcStatus.ResourceExhausted, e.Status);
    }

    [Fact]
    public async Task Bytes_that_are_not_the_message_are_refused()
    {
        ReadOnlySequence<byte> garbage = new(new byte[] { 0xff, 0xff, 0xff });
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync(Echo, garbage, KeyDataPair.Parser, default, default));
        Assert.Equal(GrpcStatus.Internal, e.Status);
    }

    [Fact]
    public async Task Many_calls_at_a_time_get_their_own_answers()
    {
        KeyDataPair[] answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => CallAsync(Echo, new KeyDataPair { Key = $"{i}" })));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), answers.Select(a => a.Key));
    }

    [Fact]
    public async Task A_compressed_request_is_refused()
    {
        using HttpMessageInvoker http = new(new SocketsHttpHandler());
        using ByteArrayContent content = new([1, 0, 0, 0, 0]);
        content.Headers.ContentType = new("application/grpc");
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(server.Address, Echo)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };
        using HttpResponseMessage response = await http.SendAsync(request, default);
        await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("12", response.TrailingHeaders.GetValues("grpc-status").Single());
    }
}
