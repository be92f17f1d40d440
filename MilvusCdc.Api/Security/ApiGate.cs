using System.Net;
using MilvusCdc.Api.V1;
using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.Security;

/// <summary>
/// Stands in front of everything the process serves: who may call what. Health and the description of the API are for everybody, all else needs a role when tokens are configured.
/// Without tokens the API serves this machine only, unless the configuration says otherwise. Pages of other sites may not call it from a browser.
/// </summary>
internal sealed partial class ApiGate(RequestDelegate next, CdcOptions options, TokenCheck tokens, ILogger<ApiGate> logger)
{
    private const string CompatiblePath = "/cdc";
    private static readonly string[] s_open = ["/health", "/alive", "/openapi"];

    public async Task InvokeAsync(HttpContext http, Audit audit)
    {
        ApiRole? needed = Needed(http);
        if (needed is { } role && Refusal(http, role) is { } refusal)
        {
            // Who is known and tried what is not theirs is noted; a stranger could fill the log, and is only counted in the program's own.
            if (refusal.Kind == ProblemCode.RoleMissing && http.GetEndpoint()?.Metadata.GetMetadata<AuditedAs>() is { } audited)
            {
                Audit.Concerns(http, task: http.GetRouteValue("id") as string);
                await audit.WriteAsync(http, audited.Action, refusal.Status, refusal.Detail);
            }

            await AnswerAsync(http, refusal);
            return;
        }

        await next(http);
        if (http.Request.Path.StartsWithSegments("/api") && http.Response is { HasStarted: false, ContentLength: null, ContentType: null } && http.Response.StatusCode is 404 or 405 or 415)
        {
            await ProblemWriter.WriteAsync(http, Unrouted(http));
        }
    }

    // Any other method of /cdc is answered with the same words, and does nothing.
    private static ApiRole? Needed(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<NeedsRole>() is { } stated)
        {
            return stated.Role;
        }

        PathString path = http.Request.Path;
        return Array.Exists(s_open, open => path.StartsWithSegments(open)) ? null
            : IsCompatible(path) ? (HttpMethods.IsPost(http.Request.Method) ? ApiRole.Operator : null)
            : ApiRole.Reader;
    }

    // Its metrics are read by Prometheus, which goes by the status.
    private static bool IsCompatible(PathString path) => path.StartsWithSegments(CompatiblePath) && !path.StartsWithSegments("/cdc/metrics");

    private V1Problem? Refusal(HttpContext http, ApiRole needed)
    {
        if (IsForeign(http))
        {
            return Problems.Of(ProblemCode.OriginRefused, "The request comes from a page of another site; the API answers pages of its own address only.");
        }

        if (!options.Api.AsksForTokens)
        {
            http.Features.Set(Caller.Anonymous);
            return options.Api.AllowAnonymous || IsOnThisMachine(http) ? null : Problems.Of(
                ProblemCode.RemoteRefused, "No token is configured, so the API answers requests from this machine, to a loopback address, only. Configure tokens, see docs/security.md.");
        }

        (TokenVerdict verdict, Caller? caller) = tokens.Check(http.Request.Headers.Authorization);
        if (caller is null)
        {
            LogRefused(logger, http.Request.Method, http.Request.Path, http.Connection.RemoteIpAddress, verdict);
            return verdict is TokenVerdict.Missing
                ? Problems.Of(ProblemCode.TokenMissing, "A token is needed: send the header 'Authorization: Bearer TOKEN'.")
                : Problems.Of(ProblemCode.TokenWrong, "The token is not known here.");
        }

        http.Features.Set(caller);
        return caller.May(needed) ? null : Problems.Of(ProblemCode.RoleMissing, $"The token '{caller.Name}' has the role {caller.Role}; this needs the role {needed}.");
    }

    // A browser names the page's site in Origin; one that sends none says so in Sec-Fetch-Site.
    private static bool IsForeign(HttpContext http)
    {
        string? origin = http.Request.Headers.Origin;
        if (!string.IsNullOrEmpty(origin))
        {
            return !Uri.TryCreate(origin, UriKind.Absolute, out Uri? page)
                || !Uri.TryCreate($"{page.Scheme}://{http.Request.Host.Value}", UriKind.Absolute, out Uri? here)
                || !string.Equals(page.Authority, here.Authority, StringComparison.OrdinalIgnoreCase);
        }

        return http.Request.Headers["Sec-Fetch-Site"] == "cross-site" && !HttpMethods.IsGet(http.Request.Method);
    }

    // The name is looked at too: a foreign name that was made to stand for 127.0.0.1 reaches the port, with a page of a foreign site behind it. A browser always sends one.
    private static bool IsOnThisMachine(HttpContext http) =>
        (http.Connection.RemoteIpAddress is not { } remote || IPAddress.IsLoopback(remote) || remote.Equals(http.Connection.LocalIpAddress))
        && (http.Request.Host.Host.Length == 0 || ListenAddresses.IsLoopbackHost(http.Request.Host.Host));

    private static Task AnswerAsync(HttpContext http, V1Problem refusal)
    {
        if (IsCompatible(http.Request.Path))
        {
            // Clients of the Go tool look into the body; the status is always 200.
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync($$"""{"code":{{refusal.Status}},"message":{{System.Text.Json.JsonSerializer.Serialize(refusal.Detail)}}}""" + "\n", http.RequestAborted);
        }

        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = http.Request.Path.StartsWithSegments("/api") || http.Request.Path.StartsWithSegments(CompatiblePath) ? "Bearer realm=\"MilvusCdc\"" : "Basic realm=\"MilvusCdc: any name, and a token as password\"";
        }

        return ProblemWriter.WriteAsync(http, refusal);
    }

    private static V1Problem Unrouted(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status405MethodNotAllowed => Problems.Of(ProblemCode.MethodUnknown, $"{http.Request.Path} is not served for {http.Request.Method}; allowed is {http.Response.Headers.Allow}."),
        StatusCodes.Status415UnsupportedMediaType => Problems.Of(ProblemCode.BodyType, "The body must be JSON: send the header 'Content-Type: application/json'."),
        _ => Problems.Of(ProblemCode.RouteUnknown, $"There is nothing at {http.Request.Path}; everything there is stands in /openapi/v1.json."),
    };

    [LoggerMessage(3101, LogLevel.Warning, "{Method} {Path} from {From} was refused: token {Verdict}")]
    private static partial void LogRefused(ILogger logger, string method, string path, IPAddress? from, TokenVerdict verdict);
}
