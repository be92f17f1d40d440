using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using MilvusCdc.Api.Compatible.Metrics;
using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Api.Compatible;

/// <summary><c>POST /cdc</c> as clients of the Go tool know it: whatever happens, the HTTP status is 200 and the body says <c>code</c>, on errors <c>message</c>, else <c>data</c>.</summary>
internal sealed partial class CdcEndpoint(
    CdcRequests requests, CdcAudit audit, RequestMeters meters, CdcOptions options, TimeProvider time, ILogger<CdcEndpoint> logger)
{
    private const string Path = "/cdc";

    public async Task HandleAsync(HttpContext http)
    {
        // Routes fit in any case and with a slash at the end; the Go tool has this one path only.
        if (http.Request.Path.Value is not Path)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await http.Response.WriteAsync("404 page not found\n", http.RequestAborted);
            return;
        }

        JsonObject answer;
        try
        {
            answer = await AnswerAsync(http);
            await audit.AnsweredAsync(http, answer);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        byte[] body = GoJsonWriter.Write(answer);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
        }
    }

    private async Task<JsonObject> AnswerAsync(HttpContext http)
    {
        if (http.Request.Method != HttpMethods.Post)
        {
            meters.Count(RequestMeters.Unknown, "invalid_method");
            return Failure(405, "only support the POST method");
        }

        CdcEnvelope envelope;
        try
        {
            envelope = CdcEnvelope.Read(await ReadBodyAsync(http));
        }
        catch (GoJsonException wrong)
        {
            meters.Count(RequestMeters.Unknown, "unmarshal_error");
            return Failure(500, $"fail to unmarshal the request, error: {wrong.Message}");
        }
        catch (IOException broken)
        {
            meters.Count(RequestMeters.Unknown, "read_error");
            return Failure(500, $"fail to read the request body, error: {Words(broken)}");
        }

        string type = envelope.RequestType;
        CdcAudit.Asks(http, type, envelope.Data);
        meters.Count(type, "total");
        long began = time.GetTimestamp();
        try
        {
            JsonObject? data = await requests.ServeAsync(envelope, http.RequestAborted);
            JsonObject answer = new() { ["code"] = 200 };
            if (data is not null)
            {
                answer["data"] = data;
            }

            meters.Succeeded(type, time.GetElapsedTime(began));

            return answer;
        }
        catch (CdcDecodingException wrong)
        {
            return Failure(500, $"fail to decode the {type} request, error: {wrong.Message}");
        }
        catch (CdcRequestException refused)
        {
            return CdcRequests.Types.Contains(type) ? Failure(refused.Code, $"fail to handle the {type} request, error: {refused.Message}") : Failure(refused.Code, refused.Message);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // The edge of the process: a client gets one sentence, the log gets the rest, the next request is served.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            string sentence = FaultClassifier.Classify(failed).Sentence;
            LogFailed(logger, failed, type, sentence);
            return Failure(500, $"fail to handle the {type} request, error: {sentence}");
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext http)
    {
        int limit = options.Api.MaxRequestSize;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (http.Request.ContentLength > limit)
        {
            throw TooLong(limit);
        }

        using MemoryStream body = new();
        byte[] part = new byte[81_920];
        int count;
        while ((count = await http.Request.Body.ReadAsync(part, http.RequestAborted)) > 0)
        {
            body.Write(part, 0, count);
            if (body.Length > limit)
            {
                throw TooLong(limit);
            }
        }

        return body.ToArray();
    }

    private static IOException TooLong(int limit) => new($"the body has more than {limit} bytes, which is the limit that Cdc:Api:MaxRequestSize sets");

    // A client that cut its own request off has seen these two from the Go tool.
    private static string Words(IOException broken) => broken is not BadHttpRequestException ? broken.Message
        : broken.Message.Contains("end of request content", StringComparison.Ordinal) ? "unexpected EOF"
        : broken.Message.Contains("chunk", StringComparison.OrdinalIgnoreCase) ? "invalid byte in chunk length"
        : broken.Message;

    private static JsonObject Failure(int code, string message) => new() { ["code"] = code, ["message"] = message };

    [LoggerMessage(3001, LogLevel.Error, "A {RequestType} request could not be served, the client was told so. {Sentence}")]
    private static partial void LogFailed(ILogger logger, Exception failed, string requestType, string sentence);
}
