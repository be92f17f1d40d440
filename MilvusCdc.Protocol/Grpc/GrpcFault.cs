using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>What HTTP says, as a gRPC status. The rules are those of gRPC's HTTP/2 mapping.</summary>
internal static class GrpcFault
{
    /// <summary>A failed connection or a broken stream.</summary>
    public static GrpcException FromTransport(Exception error)
    {
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            if (e is GrpcException known)
            {
                return known;
            }

            if (e is HttpProtocolException protocol)
            {
                // 7 REFUSED_STREAM, 8 CANCEL, 11 ENHANCE_YOUR_CALM, 12 INADEQUATE_SECURITY; 0 and 2 arrive with GOAWAY when a server goes down.
                GrpcStatus status = protocol.ErrorCode switch
                {
                    8 => GrpcStatus.Cancelled,
                    11 => GrpcStatus.ResourceExhausted,
                    12 => GrpcStatus.PermissionDenied,
                    0 or 2 or 7 => GrpcStatus.Unavailable,
                    _ => GrpcStatus.Internal,
                };
                return new GrpcException(status, protocol.Message, error);
            }
        }

        string why = error.GetBaseException() switch
        {
            SocketException socket => socket.Message,
            Exception cause => cause.Message,
        };
        return new GrpcException(GrpcStatus.Unavailable, why, error);
    }

    /// <summary>Throws unless this is the head of a gRPC answer whose status is still to come, or OK.</summary>
    public static void CheckHead(HttpResponseMessage response)
    {
        if (response.Headers.TryGetValues("grpc-status", out IEnumerable<string>? status))
        {
            ThrowUnlessOk(status.First(), First(response.Headers, "grpc-message"));
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            GrpcStatus meant = response.StatusCode switch
            {
                HttpStatusCode.BadRequest => GrpcStatus.Internal,
                HttpStatusCode.Unauthorized => GrpcStatus.Unauthenticated,
                HttpStatusCode.Forbidden => GrpcStatus.PermissionDenied,
                HttpStatusCode.NotFound => GrpcStatus.Unimplemented,
                HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => GrpcStatus.Unavailable,
                _ => GrpcStatus.Unknown,
            };
            throw new GrpcException(meant, $"the server answered with HTTP status {(int)response.StatusCode}");
        }

        string? type = response.Content.Headers.ContentType?.MediaType;
        if (type is null || !type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase))
        {
            throw new GrpcException(GrpcStatus.Unknown, $"the server does not speak gRPC: it answered with content type '{type}'");
        }
    }

    /// <summary>Throws unless the trailers, or the head of an answer without body, say OK.</summary>
    public static void CheckTrailers(HttpResponseMessage response)
    {
        if (response.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? status))
        {
            ThrowUnlessOk(status.First(), First(response.TrailingHeaders, "grpc-message"));
        }
        else if (!response.Headers.Contains("grpc-status"))
        {
            throw new GrpcException(GrpcStatus.Internal, "the answer ended without a status");
        }
    }

    private static string First(System.Net.Http.Headers.HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : "";

    private static void ThrowUnlessOk(string status, string message)
    {
        if (!int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out int code))
        {
            throw new GrpcException(GrpcStatus.Unknown, $"the answer has the status '{status}', which is not a number");
        }

        if (code != 0)
        {
            throw new GrpcException(code <= 16 ? (GrpcStatus)code : GrpcStatus.Unknown, GrpcMessageText.Unescape(message));
        }
    }
}
