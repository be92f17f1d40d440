using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MilvusCdc.Cli;

/// <summary>Talks to <c>/api/v1</c>. Every method throws <see cref="ApiException"/> for whatever is not a success.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="server">For example <c>http://127.0.0.1:8444</c>.</param>
    /// <param name="token">Null: none.</param>
    /// <param name="timeout">For one call.</param>
    public ApiClient(Uri server, string? token, TimeSpan timeout)
    {
        Server = server;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        Limit = timeout;
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>The server's address.</summary>
    public Uri Server { get; }

    private TimeSpan Limit { get; }

    public Task<JsonNode> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, body: null, cancellation);

    public Task<JsonNode> PostAsync(string path, JsonNode? body, CancellationToken cancellation) => SendAsync(HttpMethod.Post, path, body, cancellation);

    /// <summary>The answer's body; an empty object when it has none.</summary>
    public async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation, string? ifMatch = null)
    {
        using HttpRequestMessage request = new(method, new Uri("/api/v1" + path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(request, limit.Token);
            string text = await answer.Content.ReadAsStringAsync(limit.Token);
            return answer.IsSuccessStatusCode ? Parse(text) : throw ApiException.Of((int)answer.StatusCode, text, Server);
        }
        catch (Exception away) when (away is HttpRequestException or SocketException)
        {
            throw ApiException.Away(Server, away.InnerException?.Message ?? away.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw ApiException.Away(Server, $"it did not answer within {Limit.TotalSeconds:0} s");
        }
    }

    /// <summary>The bytes of an answer.</summary>
    public async Task<byte[]> BytesAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(new Uri("/api/v1" + path, UriKind.Relative), cancellation);
            byte[] bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
            return answer.IsSuccessStatusCode ? bytes : throw ApiException.Of((int)answer.StatusCode, Encoding.UTF8.GetString(bytes), Server);
        }
        catch (Exception away) when (away is HttpRequestException or SocketException)
        {
            throw ApiException.Away(Server, away.InnerException?.Message ?? away.Message);
        }
    }

    /// <summary>The lines of a stream that goes on.</summary>
    public async IAsyncEnumerable<string> LinesAsync(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await _http.GetAsync(new Uri("/api/v1" + path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception away) when (away is HttpRequestException or SocketException)
        {
            throw ApiException.Away(Server, away.InnerException?.Message ?? away.Message);
        }

        using (answer)
        {
            if (!answer.IsSuccessStatusCode)
            {
                throw ApiException.Of((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation), Server);
            }

            using StreamReader reader = new(await answer.Content.ReadAsStreamAsync(cancellation));
            while (await reader.ReadLineAsync(cancellation) is { } line)
            {
                yield return line;
            }
        }
    }

    /// <summary>A part of a path.</summary>
    public static string Part(string text) => Uri.EscapeDataString(text);

    /// <summary>A query of what is stated.</summary>
    public static string Query(params (string Name, string? Value)[] parameters)
    {
        string query = string.Join('&', parameters.Where(static one => one.Value is not null).Select(static one => $"{one.Name}={Uri.EscapeDataString(one.Value!)}"));
        return query.Length == 0 ? "" : "?" + query;
    }

    public void Dispose() => _http.Dispose();

    private JsonNode Parse(string text)
    {
        try
        {
            return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text) ?? new JsonObject();
        }
        catch (JsonException)
        {
            throw ApiException.Away(Server, "it answers something else than MilvusCdc does");
        }
    }
}
