using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.GoApi;

/// <summary>One request that was sent to the real Go server, and what it said. The format is described in recordings/go-api/NOTES.md.</summary>
public sealed partial class RecordedCase
{
    /// <summary>The name of the newest generated id, for requests that use one that no answer of the recording names.</summary>
    public const string LastId = "";

    private readonly JsonElement _line;

    private RecordedCase(JsonElement line) => _line = line;

    /// <summary>Its number, from 1, in the order sent.</summary>
    public int Number => _line.GetProperty("n").GetInt32();

    /// <summary>The part of the recording it belongs to: <c>http</c>, <c>envelope</c>, <c>types</c>, …</summary>
    public string Phase => Text("phase") ?? "";

    /// <summary>The part of the phase.</summary>
    public string Group => Text("group") ?? "";

    /// <summary>What is tried.</summary>
    public string Name => Text("name") ?? "";

    /// <summary>How the server was configured: <c>limit2</c> allows two tasks, all others a hundred.</summary>
    public string Profile => Text("profile") ?? "";

    /// <summary>Whether the server had just been started with nothing stored.</summary>
    public bool FreshServer => _line.TryGetProperty("fresh_server", out _);

    /// <summary>Whether the server was started anew, with what it had stored, before this request.</summary>
    public bool Restarted => _line.TryGetProperty("setup", out JsonElement setup) && setup.EnumerateArray().Any(static step => step.TryGetProperty("restart", out _));

    /// <summary>Whether the recording itself says that its answer is not to be compared.</summary>
    public bool IsUnstable => _line.TryGetProperty("unstable", out _);

    /// <summary>Whether the answer was taken out of the recording, to be compared by somebody else.</summary>
    public bool IsWithheld => _line.TryGetProperty("answer_left_out", out _);

    /// <summary>The request's path, as it was sent.</summary>
    public string Path => Text("path", "request") ?? "";

    /// <summary>The request's method.</summary>
    public string Method => Text("method", "request") ?? "";

    /// <summary>Whether the client closes its side once it has sent everything.</summary>
    public bool HalfCloses => _line.GetProperty("request").TryGetProperty("half_close_after_send", out _);

    /// <summary>Names of the values in the answer that change from run to run.</summary>
    public IReadOnlySet<string> Volatile => _line.GetProperty("volatile").EnumerateArray().Select(static path => path.GetString()!)
        .Where(static path => path.StartsWith("$.response.body.", StringComparison.Ordinal) && !path.Contains('(', StringComparison.Ordinal)).Select(static path => path.Split('.')[^1])
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>What the Go server answered; null: nothing, or it was left out of the recording.</summary>
    public RecordedAnswer? Answer
    {
        get
        {
            if (!_line.TryGetProperty("response", out JsonElement response))
            {
                return null;
            }

            if (response.TryGetProperty("raw", out JsonElement raw))
            {
                HttpAnswer? first = HttpAnswer.Parse(Encoding.UTF8.GetBytes(raw.GetString()!), Method);
                return first is null ? null : new RecordedAnswer(first.Status, first.Body, null);
            }

            if (!response.TryGetProperty("status", out JsonElement status))
            {
                return null;
            }

            return response.TryGetProperty("body", out JsonElement body)
                ? new RecordedAnswer(status.GetInt32(), body.GetString()!, null)
                : new RecordedAnswer(status.GetInt32(), response.GetProperty("body_head").GetString()!, response.GetProperty("body_len").GetInt32());
        }
    }

    /// <summary>The names under which later requests use the id that this one's answer holds.</summary>
    public IEnumerable<string> Captures => _line.TryGetProperty("captures", out JsonElement captures) ? captures.EnumerateObject().Select(static one => one.Name) : [];

    /// <summary>All cases of a folder, in the order sent. Throws <see cref="RecordingException"/>.</summary>
    public static IEnumerable<RecordedCase> ReadAll(string folder)
    {
        string path = System.IO.Path.Combine(folder, "cases.jsonl.gz");
        if (!File.Exists(path))
        {
            throw new RecordingException($"'{path}' is missing: name the folder that holds cases.jsonl.gz with --cases.");
        }

        return Lines(path);
    }

    /// <summary>The whole request as it goes over the wire.</summary>
    /// <param name="captured">Ids of this run, by the name under which the request uses them.</param>
    public byte[] ToWire(IReadOnlyDictionary<string, string> captured)
    {
        JsonElement request = _line.GetProperty("request");
        if (request.TryGetProperty("raw_b64", out JsonElement raw))
        {
            return raw.GetBytesFromBase64();
        }

        byte[] body = Body(request, captured);
        if (request.GetProperty("headers").ValueKind is JsonValueKind.Null)
        {
            return body;
        }

        StringBuilder head = new();
        head.Append(Method).Append(' ').Append(Path).Append(" HTTP/1.1\r\n");
        foreach (JsonElement header in request.GetProperty("headers").EnumerateArray().Where(static header => !header[0].GetString()!.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
        {
            head.Append(header[0].GetString()).Append(": ").Append(header[1].GetString()).Append("\r\n");
        }

        if (body.Length > 0 || Method is "POST")
        {
            head.Append("Content-Length: ").Append(body.Length).Append("\r\n");
        }

        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body];
    }

    private static byte[] Body(JsonElement request, IReadOnlyDictionary<string, string> captured)
    {
        if (request.TryGetProperty("body_b64", out JsonElement base64))
        {
            return base64.GetBytesFromBase64();
        }

        if (request.TryGetProperty("body_repeat", out JsonElement parts))
        {
            StringBuilder text = new();
            foreach (JsonElement part in parts.EnumerateArray())
            {
                text.Insert(text.Length, part[0].GetString()!, part[1].GetInt32());
            }

            return Encoding.UTF8.GetBytes(text.ToString());
        }

        if (request.TryGetProperty("body_template", out JsonElement template))
        {
            return Encoding.UTF8.GetBytes(Placeholder().Replace(template.GetString()!, found => captured.GetValueOrDefault(found.Groups[1].Value) ?? captured.GetValueOrDefault(LastId) ?? found.Value));
        }

        return Encoding.UTF8.GetBytes(request.TryGetProperty("body", out JsonElement body) ? body.GetString()! : "");
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Placeholder();

    private static IEnumerable<RecordedCase> Lines(string path)
    {
        using FileStream file = File.OpenRead(path);
        using GZipStream unzipped = new(file, CompressionMode.Decompress);
        using StreamReader lines = new(unzipped);
        while (lines.ReadLine() is { } line)
        {
            yield return new RecordedCase(JsonDocument.Parse(line).RootElement);
        }
    }

    private string? Text(string name, string? within = null)
    {
        JsonElement from = within is null ? _line : _line.GetProperty(within);
        return from.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
    }
}

/// <summary>What the Go server answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The whole body, or only its beginning.</param>
/// <param name="Length">Characters of the whole body when <paramref name="Body"/> is only its beginning; else null.</param>
public sealed record RecordedAnswer(int Status, string Body, int? Length);
