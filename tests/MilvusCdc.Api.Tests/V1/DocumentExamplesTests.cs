using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>The examples of docs/api.md are executed in their order: each request must be answered with the status and the members that stand below it.</summary>
public sealed partial class DocumentExamplesTests(OneEtcd etcd) : IClassFixture<OneEtcd>
{
    [Fact]
    public async Task Every_example_is_answered_as_it_says()
    {
        await using V1Process api = await V1Process.StartAsync(etcd.Process);
        string text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "api.md"));
        List<Match> examples = Example().Matches(text).ToList();
        Assert.True(examples.Count >= 12, $"only {examples.Count} examples");
        string tag = "";
        foreach (Match example in examples)
        {
            if (example.Groups["before"].Success)
            {
                await PrepareAsync(api, example.Groups["before"].Value);
            }

            string[] request = example.Groups["request"].Value.Split("\n\n", 2);
            string[] head = request[0].Split('\n');
            string[] line = head[0].Split(' ');
            string? ifMatch = head.FirstOrDefault(static one => one.StartsWith("If-Match:", StringComparison.Ordinal)) is not null ? tag : null;
            (int status, JsonNode? answer, var headers) = await api.SendAsync(line[0], line[1], request.Length > 1 ? request[1] : null, ifMatch: ifMatch);
            tag = headers.ETag?.Tag ?? tag;

            Assert.True(status == int.Parse(example.Groups["status"].Value, System.Globalization.CultureInfo.InvariantCulture), $"{head[0]} answered {status}: {answer}");
            if (example.Groups["answer"].Value.Trim() is { Length: > 0 } expected)
            {
                Compare(head[0], JsonNode.Parse(expected)!, answer);
            }
        }
    }

    private static async Task PrepareAsync(V1Process api, string what)
    {
        switch (what)
        {
            case "it streams":
                await api.PhaseAsync("shop-to-dr", TaskPhase.Streaming);
                break;
            case "it is blocked":
                // The run before the change of its login may still be on its way out.
                await Eventually.TrueAsync(() => api.Engine.Runs.TryGetValue("shop-to-dr", out SteeredEngine.Run? run) && run.Task.Target.Token == "root:NewPassword", "it runs with the new login");
                api.Engine.Runs["shop-to-dr"].End.SetException(new ReplicationStoppedException(TaskPhase.Blocked, "channel 'by-dev-rootcoord-dml_3', position 1234: a bulk import cannot be replicated"));
                await api.PhaseAsync("shop-to-dr", TaskPhase.Blocked);
                break;
            default:
                throw new InvalidOperationException($"docs/api.md wants '{what}' before an example, which nobody knows how to bring about");
        }
    }

    // The document shows a part; "…" stands for anything.
    private static void Compare(string what, JsonNode expected, JsonNode? found)
    {
        switch (expected)
        {
            case JsonObject members:
                foreach ((string name, JsonNode? value) in members)
                {
                    Assert.True(found is JsonObject there && there.ContainsKey(name), $"{what}: the answer has no '{name}': {found}");
                    Compare($"{what}: {name}", value!, found![name]);
                }

                break;
            case JsonArray list:
                for (int i = 0; i < list.Count; i++)
                {
                    Assert.True(found is JsonArray there && there.Count > i, $"{what}: the answer has fewer entries: {found}");
                    Compare($"{what}[{i}]", list[i]!, found![i]);
                }

                break;
            default:
                if (expected.ToString() is not "…")
                {
                    Assert.True(JsonNode.DeepEquals(expected, found), $"{what}: expected {expected.ToJsonString()}, found {found?.ToJsonString()}");
                }

                break;
        }
    }

    [GeneratedRegex(@"(?:<!-- when (?<before>[^>]+) -->\n)?```http\n(?<request>.*?)\n```\n+`(?<status>\d{3})[^`]*`\n*(?:\n```json\n(?<answer>.*?)\n```)?", RegexOptions.Singleline)]
    private static partial Regex Example();
}
