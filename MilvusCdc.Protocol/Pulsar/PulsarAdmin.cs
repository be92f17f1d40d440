using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>What a namespace's policies say about how long its topics keep messages.</summary>
/// <param name="Namespace"><c>tenant/namespace</c>.</param>
/// <param name="Minutes">How long acknowledged messages stay: −1 for ever, 0 not at all; null: the namespace has no policy of its own.</param>
/// <param name="Megabytes">How many of them stay, likewise.</param>
/// <param name="MessageTtlSeconds">After how long messages count as acknowledged for every subscription; null or 0: never.</param>
/// <param name="Problem">Why nothing is known, or null.</param>
public sealed record PulsarRetention(string Namespace, int? Minutes, long? Megabytes, int? MessageTtlSeconds, string? Problem)
{
    /// <summary>One sentence for a person. <paramref name="durable"/>: whether the reader has durable subscriptions.</summary>
    public string Describe(bool durable)
    {
        if (Problem is not null)
        {
            return $"How long Pulsar keeps the log of '{Namespace}' could not be read: {Problem}";
        }

        string ttl = MessageTtlSeconds > 0 && durable
            ? $" Its message TTL of {Span(TimeSpan.FromSeconds(MessageTtlSeconds.Value))} ends what the task's subscriptions hold: a longer pause than that loses messages."
            : "";
        string kept = (Minutes, Megabytes) switch
        {
            (null, null) => $"The namespace '{Namespace}' has no retention policy of its own, so the brokers' default holds (Pulsar's own: nothing is kept that no subscription needs)",
            (-1, -1) => $"The namespace '{Namespace}' keeps its log for ever",
            (0, _) or (_, 0) => $"The namespace '{Namespace}' keeps nothing of its log that no subscription needs",
            (-1, { } size) => $"The namespace '{Namespace}' keeps {size.ToString("N0", CultureInfo.InvariantCulture)} MB of each topic",
            ({ } minutes, -1) => $"The namespace '{Namespace}' keeps its log for {Span(TimeSpan.FromMinutes(minutes))}",
            ({ } minutes, { } size) => $"The namespace '{Namespace}' keeps its log for {Span(TimeSpan.FromMinutes(minutes))} and at most {size.ToString("N0", CultureInfo.InvariantCulture)} MB of each topic",
            _ => $"The namespace '{Namespace}' states only a part of a retention policy",
        };
        bool safe = Minutes == -1 && Megabytes == -1;
        return durable ? $"{kept}; the task's durable subscriptions hold what is not on the target yet.{ttl}"
            : safe ? $"{kept}."
            : $"{kept}: a task that is down or paused for longer loses messages; give the namespace a retention longer than the longest pause, or set Cdc:Source:Pulsar:Durable.";
    }

    private static string Span(TimeSpan time) => time.TotalDays >= 1 ? $"{time.TotalDays:0.#} days" : time.TotalHours >= 1 ? $"{time.TotalHours:0.#} hours" : $"{time.TotalMinutes:0.#} minutes";
}

/// <summary>Reads a namespace's policies through Pulsar's admin API (HTTP).</summary>
public sealed class PulsarAdmin : IDisposable
{
    private readonly PulsarSourceLogOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    /// <summary>The login and the certificates are the reader's. Throws <see cref="ArgumentException"/> when a TLS file cannot be used.</summary>
    public PulsarAdmin(Uri address, PulsarSourceLogOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = true };
        if (address.Scheme == Uri.UriSchemeHttps)
        {
            SslClientAuthenticationOptions tls = new PulsarAuthentication(options).Tls(address.Host);
            tls.TargetHost = null;
            handler.SslOptions = tls;
        }

        _client = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>What the namespace's policies say. Never throws but for cancellation: what went wrong is in the answer.</summary>
    public async Task<PulsarRetention> RetentionAsync(CancellationToken cancellation)
    {
        string name = $"{_options.Tenant}/{_options.Namespace}";
        using CancellationTokenSource late = new(_options.Timeout, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            JsonElement? retention = await GetAsync($"admin/v2/namespaces/{name}/retention", both.Token);
            JsonElement? ttl = await GetAsync($"admin/v2/namespaces/{name}/messageTTL", both.Token);
            return new PulsarRetention(
                name,
                retention is { ValueKind: JsonValueKind.Object } policy && policy.TryGetProperty("retentionTimeInMinutes", out JsonElement minutes) ? minutes.GetInt32() : null,
                retention is { ValueKind: JsonValueKind.Object } same && same.TryGetProperty("retentionSizeInMB", out JsonElement size) ? size.GetInt64() : null,
                ttl is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetInt32() : null,
                null);
        }
        catch (Exception failed) when (failed is HttpRequestException or SocketException or IOException or JsonException or InvalidOperationException or FormatException or OperationCanceledException or Logs.SourceLogException)
        {
            cancellation.ThrowIfCancellationRequested();
            string reason = failed is OperationCanceledException ? $"no answer within {_options.Timeout.TotalSeconds:0.#} s" : failed.Message;
            return new PulsarRetention(name, null, null, null, _options.WithoutSecrets($"{_client.BaseAddress}: {reason}"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // Null: there is no such policy.
    private async Task<JsonElement?> GetAsync(string path, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        PulsarAuthentication authentication = new(_options);
        if (authentication.Data() is { } secret)
        {
            bool isToken = authentication.Method == "token";
            request.Headers.Authorization = new AuthenticationHeaderValue(isToken ? "Bearer" : "Basic", isToken ? secret.ToStringUtf8() : Convert.ToBase64String(Encoding.UTF8.GetBytes(secret.ToStringUtf8())));
        }

        using HttpResponseMessage answer = await _client.SendAsync(request, cancellation);
        if (answer.StatusCode == HttpStatusCode.NoContent)
        {
            return null;
        }

        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{path} is answered with {(int)answer.StatusCode}");
        }

        string text = await answer.Content.ReadAsStringAsync(cancellation);
        return text.Length == 0 ? null : JsonDocument.Parse(text).RootElement;
    }
}
