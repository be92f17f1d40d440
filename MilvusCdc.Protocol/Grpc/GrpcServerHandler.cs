using System.Globalization;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>One HTTP request as a gRPC call: checks the head, keeps the deadline, and turns whatever happens into a status in the trailers.</summary>
internal sealed partial class GrpcServerHandler
{
    private readonly HttpContext http;
    private readonly int maxReceiveBytes;

    private GrpcServerHandler(HttpContext http)
    {
        this.http = http;
        maxReceiveBytes = (http.RequestServices.GetService<GrpcServerOptions>() ?? new GrpcServerOptions()).MaxReceiveBytes;
    }

    public static async Task RunAsync(HttpContext http, Func<GrpcServerHandler, GrpcServerCall, Task> handle)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        LiftLimits(http);
        http.Response.ContentType = "application/grpc";
        (GrpcStatus status, string detail) = await AnswerAsync(http, handle);
        http.Response.AppendTrailer("grpc-status", ((int)status).ToString(CultureInfo.InvariantCulture));
        if (detail.Length > 0)
        {
            http.Response.AppendTrailer("grpc-message", GrpcMessageText.Escape(detail));
        }
    }

    /// <summary>The request's one message.</summary>
    public async ValueTask<byte[]> ReadOnlyMessageAsync(CancellationToken cancellation) =>
        await GrpcFrame.ReadAsync(http.Request.BodyReader, maxReceiveBytes, cancellation) ?? throw new GrpcException(GrpcStatus.Internal, "the request has no message");

    /// <summary>All messages of the request, as they come.</summary>
    public async IAsyncEnumerable<T> ReadMessagesAsync<T>(MessageParser<T> parser, [EnumeratorCancellation] CancellationToken cancellation)
        where T : class, IMessage<T>
    {
        while (await GrpcFrame.ReadAsync(http.Request.BodyReader, maxReceiveBytes, cancellation) is { } message)
        {
            yield return GrpcFrame.Parse(parser, message);
        }
    }

    private static async Task<(GrpcStatus Status, string Detail)> AnswerAsync(HttpContext http, Func<GrpcServerHandler, GrpcServerCall, Task> handle)
    {
        TimeSpan? timeout = null;
        if (http.Request.Headers.TryGetValue("grpc-timeout", out var text))
        {
            if (!GrpcTimeout.TryParse(text.ToString(), out TimeSpan parsed))
            {
                return (GrpcStatus.Internal, $"malformed grpc-timeout: '{text}'");
            }

            timeout = parsed;
        }

        using CancellationTokenSource life = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        if (timeout is { } limit && limit.TotalMilliseconds < int.MaxValue)
        {
            life.CancelAfter(limit);
        }

        try
        {
            await handle(new GrpcServerHandler(http), new GrpcServerCall(http, timeout, life.Token));
            return (GrpcStatus.OK, "");
        }
        catch (GrpcException e)
        {
            return (e.Status, e.Detail);
        }
        catch (OperationCanceledException) when (life.IsCancellationRequested)
        {
            return http.RequestAborted.IsCancellationRequested ? (GrpcStatus.Cancelled, "the client has gone") : (GrpcStatus.DeadlineExceeded, "context deadline exceeded");
        }
        catch (IOException e) when (http.RequestAborted.IsCancellationRequested)
        {
            return (GrpcStatus.Cancelled, e.Message);
        }
        catch (Exception e) // the border of the process: whatever a handler throws becomes a status, as gRPC servers do
        {
            ILogger logger = http.RequestServices.GetRequiredService<ILogger<GrpcServerHandler>>();
            HandlerFailed(logger, http.Request.Path.Value ?? "", e);
            return (GrpcStatus.Unknown, e.Message);
        }
    }

    private static void LiftLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    [LoggerMessage(2001, LogLevel.Error, "The handler of {Method} failed; the client gets UNKNOWN with the failure's message")]
    private static partial void HandlerFailed(ILogger logger, string method, Exception error);
}
