using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MilvusCdc.Tests.Shared;
using Xunit.Abstractions;

namespace MilvusCdc.Api.Tests.Compatible;

/// <summary>
/// Sends what was sent to the real Go server, phase by phase and in order, and compares the answers (recordings/go-api/NOTES.md).
/// Not compared: phases <c>http</c> (details of Go's HTTP library), <c>extra</c> (Kafka as a target), <c>restart</c>, <c>data</c>, <c>star</c> (need the server's own process or a source),
/// <c>unreach</c> (texts of Go's dialer), <c>crash</c> (what breaks the Go server); of <c>life</c> the groups that write into Go's own meta store.
/// </summary>
public sealed partial class RecordedAnswersTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly string[] LeftOutGroups = ["create-kafka", "initial", "tampered", "position", "maintenance"];

    // Where this server is different on purpose; every other difference is a defect.
    private static readonly Dictionary<int, string> Deviations = new()
    {
        [926] = "an unreachable target is named, with what to do, instead of a bare DeadlineExceeded",
        [975] = "a login inside the uri is a secret: it is not echoed",
        [976] = "tcp:// is refused at once as no address, not after a time-out",
        [1181] = "enable_user_role is free again when its task is deleted (V3)",
        [1362] = "an address with a trailing slash is the same target: two tasks would double its rows",
        [1363] = "an address without scheme is the same target: two tasks would double its rows",
        [1371] = "lists the two tasks above in Go",
        [1423] = "an id is taken literally, never as a path (V4)",
        [1424] = "an id is taken literally, never as a path (V4)",
        [1425] = "an id is taken literally, never as a path (V4)",
        [1427] = "an id is taken literally, never as a path (V4)",
        [1683] = "enable_user_role is not reserved by a refused request (V3)",
    };

    private EtcdProcess _etcd = null!;

    public async Task InitializeAsync() => _etcd = await EtcdProcess.StartAsync();

    public async Task DisposeAsync() => await _etcd.DisposeAsync();

    [Theory]
    [InlineData("envelope", 100)]
    [InlineData("types", 350)]
    [InlineData("validate", 80)]
    [InlineData("forms", 180)]
    [InlineData("matrix", 70)]
    [InlineData("life", 50)]
    [InlineData("limit", 12)]
    public async Task Phase_is_answered_as_recorded(string phase, int least)
    {
        int compared = 0;
        List<string> different = [];
        Dictionary<string, string> ourIds = [];
        ApiProcess? api = null;
        try
        {
            foreach (JsonElement recorded in Cases().Where(one => one.GetProperty("phase").GetString() == phase))
            {
                if (api is null || recorded.TryGetProperty("fresh_server", out _))
                {
                    await (api?.DisposeAsync() ?? ValueTask.CompletedTask);
                    api = await ApiProcess.StartAsync(_etcd, recorded.GetProperty("profile").GetString() is "limit2" ? 2 : 100);
                }

                if (LeftOutGroups.Contains(recorded.GetProperty("group").GetString()) || Body(recorded) is not { } body)
                {
                    continue;
                }

                string answer = await SendAsync(api, WithOurIds(body, ourIds));
                if (!recorded.TryGetProperty("response", out JsonElement response) || !response.TryGetProperty("body", out JsonElement expected))
                {
                    continue;
                }

                compared++;
                if (GeneratedId().Match(expected.GetString()!) is { Success: true } theirs && GeneratedId().Match(answer) is { Success: true } ours)
                {
                    ourIds.TryAdd(theirs.Value, ours.Value);
                }

                int number = recorded.GetProperty("n").GetInt32();
                bool same = Comparable(answer) == Comparable(expected.GetString()!);
                if (same == Deviations.ContainsKey(number))
                {
                    different.Add($"{number} {recorded.GetProperty("name")}\n   sent {Short(Encoding.UTF8.GetString(body))}\n    got {Short(answer)}\n   want {Short(expected.GetString()!)}");
                }
            }
        }
        finally
        {
            await (api?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        output.WriteLine($"{phase}: {compared} compared, {different.Count} different");
        Assert.True(different.Count == 0, $"{different.Count} of {compared} differ:\n{string.Join('\n', different)}");
        Assert.InRange(compared, least, 1000);
    }

    // An id that the Go server generated is another one here.
    private static byte[] WithOurIds(byte[] body, Dictionary<string, string> ourIds)
    {
        foreach ((string theirs, string ours) in ourIds)
        {
            if (body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(theirs)) is >= 0 and var at)
            {
                Encoding.UTF8.GetBytes(ours, body.AsSpan(at));
            }
        }

        return body;
    }

    private static async Task<string> SendAsync(ApiProcess api, byte[] body)
    {
        using ByteArrayContent content = new(body);
        using HttpResponseMessage answer = await api.Http.PostAsync(new Uri("/cdc", UriKind.Relative), content);
        return await answer.Content.ReadAsStringAsync();
    }

    private static byte[]? Body(JsonElement recorded)
    {
        JsonElement request = recorded.GetProperty("request");
        if (request.TryGetProperty("raw_b64", out _) || request.GetProperty("path").GetString() is not "/cdc" || request.GetProperty("method").GetString() is not "POST")
        {
            return null;
        }

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

        return Encoding.UTF8.GetBytes(request.TryGetProperty("body", out JsonElement body) ? body.GetString()! : "");
    }

    // Generated ids, the places they give tasks in a list, and the random order of the list of types differ from run to run.
    private static string Comparable(string answer)
    {
        string fixedText = Types().Replace(GeneratedId().Replace(answer, "ID"), "TYPES");
        const string Begin = "{\"task_id\":";
        return fixedText.Contains("\"tasks\":[", StringComparison.Ordinal)
            ? string.Join(Begin, fixedText.Split(Begin).Select(static task => task.TrimEnd(',', ']', '}', '\n')).Order(StringComparer.Ordinal))
            : fixedText;
    }

    private static string Short(string text) => text.Length <= 400 ? text.TrimEnd() : string.Create(CultureInfo.InvariantCulture, $"{text[..400]}… ({text.Length})");

    private static IEnumerable<JsonElement> Cases()
    {
        using FileStream file = File.OpenRead(Path.Combine(Repository.Root, "recordings", "go-api", "cases.jsonl.gz"));
        using GZipStream unzipped = new(file, CompressionMode.Decompress);
        using StreamReader lines = new(unzipped);
        while (lines.ReadLine() is { } line)
        {
            yield return JsonDocument.Parse(line).RootElement;
        }
    }

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex GeneratedId();

    [GeneratedRegex(@"can be set \[[a-z ]+\]")]
    private static partial Regex Types();
}
