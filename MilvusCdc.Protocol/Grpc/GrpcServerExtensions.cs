using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>A gRPC server on Kestrel's HTTP/2. A handler that fails by <see cref="GrpcException"/> chooses the status; any other failure is UNKNOWN.</summary>
public static class GrpcServerExtensions
{
    private const int WindowBytes = 1 << 20;

    /// <summary>Answers one message with one message.</summary>
    /// <param name="path"><c>/package.Service/Method</c>.</param>
    public static IEndpointConventionBuilder MapGrpcUnary<TRequest, TResponse>(
        this IEndpointRouteBuilder routes, string path, MessageParser<TRequest> parser, Func<TRequest, GrpcServerCall, ValueTask<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        routes.MapPost(path, (HttpContext http) => GrpcServerHandler.RunAsync(http, async (exchange, call) =>
        {
            byte[] request = await exchange.ReadOnlyMessageAsync(call.CancellationToken);
            TResponse response = await handler(GrpcFrame.Parse(parser, request), call);
            await GrpcFrame.WriteAsync(http.Response.BodyWriter, response, call.CancellationToken);
        }));

    /// <summary>Answers the bytes of one message with the bytes of one message. The handler may keep the request's memory; the response's must stay unchanged until it is sent.</summary>
    public static IEndpointConventionBuilder MapGrpcRaw(
        this IEndpointRouteBuilder routes, string path, Func<ReadOnlyMemory<byte>, GrpcServerCall, ValueTask<ReadOnlyMemory<byte>>> handler) =>
        routes.MapPost(path, (HttpContext http) => GrpcServerHandler.RunAsync(http, async (exchange, call) =>
        {
            ReadOnlyMemory<byte> response = await handler(await exchange.ReadOnlyMessageAsync(call.CancellationToken), call);
            await GrpcFrame.WriteAsync(http.Response.BodyWriter, response, call.CancellationToken);
        }));

    /// <summary>Reads and writes messages as the handler likes; the call ends with OK when the handler returns. Headers are sent at once.</summary>
    public static IEndpointConventionBuilder MapGrpcDuplex<TRequest, TResponse>(
        this IEndpointRouteBuilder routes, string path, MessageParser<TRequest> parser, Func<IAsyncEnumerable<TRequest>, Func<TResponse, ValueTask>, GrpcServerCall, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        routes.MapPost(path, (HttpContext http) => GrpcServerHandler.RunAsync(http, async (exchange, call) =>
        {
            await http.Response.Body.FlushAsync(call.CancellationToken);
            await handler(
                exchange.ReadMessagesAsync(parser, call.CancellationToken),
                message => GrpcFrame.WriteAsync(http.Response.BodyWriter, message, call.CancellationToken),
                call);
        }));

    /// <summary>Answers every method that is not mapped with UNIMPLEMENTED and the method's name, in grpc-go's words.</summary>
    public static IEndpointConventionBuilder MapGrpcUnimplemented(this IEndpointRouteBuilder routes) =>
        routes.MapFallback("{**path}", (HttpContext http) => GrpcServerHandler.RunAsync(http, (_, call) =>
        {
            int slash = call.Method.LastIndexOf('/');
            string service = slash > 0 ? call.Method[1..slash] : "";
            throw new GrpcException(GrpcStatus.Unimplemented, $"unknown method {call.Method[(slash + 1)..]} for service {service}");
        }));

    /// <summary>Listens for HTTP/2 in clear text, with no limits on bodies or their speed and 1 MiB windows. Port 0 chooses a free one. Sets limits of the whole server.</summary>
    public static void ListenGrpc(this KestrelServerOptions server, IPAddress address, int port)
    {
        server.Limits.MaxRequestBodySize = null;
        server.Limits.MinRequestBodyDataRate = null;
        server.Limits.MinResponseDataRate = null;
        server.Limits.Http2.InitialStreamWindowSize = WindowBytes;
        server.Limits.Http2.InitialConnectionWindowSize = WindowBytes;
        server.Limits.Http2.MaxStreamsPerConnection = 1000;
        server.Listen(address, port, listen => listen.Protocols = HttpProtocols.Http2);
    }
}
