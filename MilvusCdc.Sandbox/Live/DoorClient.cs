using System.Net.Http.Json;
using System.Text.Json;
using MilvusCdc.Sandbox.Doors;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Live;

/// <summary>Talks to a stand-in's door.</summary>
public sealed class DoorClient(Uri door) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = door, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>How far it is.</summary>
    /// <exception cref="SandboxException">It does not answer.</exception>
    public Task<DoorState> StateAsync(CancellationToken cancellation) => GetAsync<DoorState>("/sandbox/state", cancellation);

    /// <summary>What it held at a timestamp.</summary>
    /// <exception cref="SandboxException">It does not answer.</exception>
    public Task<DoorContent> ContentAsync(ulong at, CancellationToken cancellation) => GetAsync<DoorContent>($"/sandbox/rows?at={at}", cancellation);

    /// <summary>Switches a fault; returns what the stand-in says to it.</summary>
    /// <exception cref="SandboxException">It has no such fault (the message says which it has), or does not answer.</exception>
    public Task<string> FaultAsync(IEnumerable<string> words, CancellationToken cancellation) => CallAsync(
        async () =>
        {
            string query = string.Join('&', words.Select(word => "word=" + Uri.EscapeDataString(word)));
            using HttpResponseMessage response = await _http.PostAsync(new Uri($"/sandbox/fault?{query}", UriKind.Relative), null, cancellation);
            string said = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode ? said : throw new SandboxException(said);
        },
        cancellation);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Task<T> GetAsync<T>(string path, CancellationToken cancellation) => CallAsync(
        async () => await _http.GetFromJsonAsync<T>(new Uri(path, UriKind.Relative), cancellation) ?? throw new JsonException("the answer is empty"), cancellation);

    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call();
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException || (fault is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new SandboxException($"{_http.BaseAddress} does not answer: {fault.Message.TrimEnd('.')}.", fault);
        }
    }
}
