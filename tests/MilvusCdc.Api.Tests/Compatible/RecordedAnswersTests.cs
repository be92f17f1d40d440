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
/// <c>unreach</c> (texts of Go's dialer), <c>crash</c> (what the Go server breaks on purpose of nobody); of <c>life</c> the groups that write into Go's own meta store.
/// </summary>
public sealed partial class RecordedAnswersTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly string[] LeftOutGroups = ["create-kafka", "initial", "tampered", "position", "maintenance"];
    private static readonly Dictionary<int, string> Deviations = new()
    {
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

                string answer = await SendAsync(api, body);
                if (!recorded.TryGetProperty("response", out JsonElement response) || !response.TryGetProperty("body", out JsonElement expected))
                {
                    continue;
                }

                compared++;
                int number = recorded.GetProperty("n").GetInt32();
                if (Comparable(answer) != Comparable(expected.GetString()!) && !Deviations.ContainsKey(number))
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

    // Generated ids and the random order of the list of types differ from run to run.
    private static string Comparable(string answer) => Types().Replace(GeneratedId().Replace(answer, "ID"), "TYPES");

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
