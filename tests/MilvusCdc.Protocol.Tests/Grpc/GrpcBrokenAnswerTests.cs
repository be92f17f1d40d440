using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Tests.Grpc;

/// <summary>Answers that break the protocol, made byte by byte.</summary>
public sealed class GrpcBrokenAnswerTests
{
    private static async Task<GrpcException> FaultOfAsync(RequestDelegate answer)
    {
        await using GrpcTestServer server = await GrpcTestServer.StartAsync(routes => routes.MapPost("/t.S/M", answer));
        using GrpcChannel channel = server.Connect();
        return await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync("/t.S/M", new KeyDataPair(), KeyDataPair.Parser, new GrpcCallOptions(TimeSpan.FromSeconds(10)), default));
    }

    private static RequestDelegate Bytes(byte[] body, string? status) => async http =>
    {
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(body);
        if (status is not null)
        {
            http.Response.AppendTrailer("grpc-status", status);
        }
    };

    [Theory]
    [InlineData(new byte[] { 0, 0, 0 }, "cut short: 3 of 5")]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1, 2 }, "cut short: 2 of 9")]
    [InlineData(new byte[] { 0, 0, 0, 0, 1, 0xff }, "not a KeyDataPair")]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "more than one message")]
    [InlineData(new byte[0], "no message")]
    public async Task A_body_that_breaks_the_framing_is_internal(byte[] body, string says)
    {
        GrpcException e = await FaultOfAsync(Bytes(body, "0"));
        Assert.Equal(GrpcStatus.Internal, e.Status);
        Assert.Contains(says, e.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_answer_is_refused() =>
        Assert.Equal(GrpcStatus.Unimplemented, (await FaultOfAsync(Bytes([1, 0, 0, 0, 0], "0"))).Status);

    [Fact]
    public async Task An_answer_without_status_is_internal() =>
        Assert.Equal((GrpcStatus.Internal, "the answer ended without a status"), Of(await FaultOfAsync(Bytes([0, 0, 0, 0, 0], null))));

    [Fact]
    public async Task A_status_that_is_not_a_number_is_unknown() =>
        Assert.Equal(GrpcStatus.Unknown, (await FaultOfAsync(Bytes([0, 0, 0, 0, 0], "ok"))).Status);

    [Fact]
    public async Task A_message_before_an_error_status_does_not_hide_the_error() =>
        Assert.Equal(GrpcStatus.Aborted, (await FaultOfAsync(Bytes([0, 0, 0, 0, 0], "10"))).Status);

    [Fact]
    public async Task An_answer_of_headers_only_carries_its_status()
    {
        GrpcException e = await FaultOfAsync(http =>
        {
            http.Response.ContentType = "application/grpc";
            http.Response.Headers["grpc-status"] = "7";
            http.Response.Headers["grpc-message"] = "not you %25";
            return Task.CompletedTask;
        });
        Assert.Equal((GrpcStatus.PermissionDenied, "not you %"), Of(e));
    }

    [Theory]
    [InlineData(404, GrpcStatus.Unimplemented)]
    [InlineData(503, GrpcStatus.Unavailable)]
    [InlineData(401, GrpcStatus.Unauthenticated)]
    [InlineData(500, GrpcStatus.Unknown)]
    public async Task An_http_status_becomes_a_grpc_status(int http, GrpcStatus expected)
    {
        GrpcException e = await FaultOfAsync(context =>
        {
            context.Response.StatusCode = http;
            return Task.CompletedTask;
        });
        Assert.Equal(expected, e.Status);
    }

    [Fact]
    public async Task A_server_that_is_not_grpc_is_named_so()
    {
        GrpcException e = await FaultOfAsync(http =>
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync("<html>");
        });
        Assert.Contains("does not speak gRPC", e.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_breaks_inside_a_message_is_a_grpc_fault()
    {
        GrpcException e = await FaultOfAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 1, 0, 5 });
            await http.Response.Body.FlushAsync();
            http.Abort();
        });
        Assert.NotEqual(GrpcStatus.OK, e.Status);
        Assert.Equal("/t.S/M", e.Method);
    }

    private static (GrpcStatus Status, string Detail) Of(GrpcException e) => (e.Status, e.Detail);
}
