using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Checkpoints;

/// <summary>Which source a checkpoint belongs to: its positions mean nothing to another.</summary>
/// <param name="RootPath">Milvus's <c>etcd.rootPath</c>.</param>
/// <param name="ReplicateChannel">The channel of operations.</param>
/// <param name="LogKind"><c>kafka</c> or <c>pulsar</c>.</param>
public sealed record CheckpointSource(string RootPath, string ReplicateChannel, string LogKind);

/// <summary>A checkpoint as one JSON object for people and for other installations (docs/checkpoints.md). Written and read here only.</summary>
internal static class CheckpointDocument
{
    public const string Kind = "milvuscdc.checkpoint";
    public const int Version = 1;

    private static readonly string[] Members =
        ["kind", "version", "task", "exportedAt", "writtenAt", "source", "log", "frontier", "frontierTime", "channels", "operations", "catalogRevision"];

    /// <summary>The object.</summary>
    public static JsonObject Write(string task, Checkpoint checkpoint, CheckpointSource source, DateTimeOffset now) => new()
    {
        ["kind"] = Kind,
        ["version"] = Version,
        ["task"] = task,
        ["exportedAt"] = now,
        ["writtenAt"] = checkpoint.WrittenAt,
        ["source"] = new JsonObject { ["rootPath"] = source.RootPath, ["replicateChannel"] = source.ReplicateChannel },
        ["log"] = new JsonObject { ["kind"] = checkpoint.LogKind, ["version"] = checkpoint.LogVersion },
        ["frontier"] = Text(checkpoint.Frontier),
        ["frontierTime"] = DateTimeOffset.FromUnixTimeMilliseconds(TaskReportSnapshot.PhysicalMs(checkpoint.Frontier)),
        ["channels"] = new JsonObject(checkpoint.Channels.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject
        {
            ["position"] = pair.Value.Position.ToString(),
            ["awaitingDrop"] = new JsonArray([.. pair.Value.AwaitingDrop.Select(static id => (JsonNode)id.ToString(CultureInfo.InvariantCulture))]),
        }))),
        ["operations"] = checkpoint.Operations.ToString(),
        ["catalogRevision"] = checkpoint.CatalogRevision.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The checkpoint in <paramref name="json"/>; null and every problem in <paramref name="problems"/> when it cannot be used for <paramref name="source"/>.</summary>
    public static Checkpoint? Read(string json, CheckpointSource source, DateTimeOffset now, List<string> problems)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException wrong)
        {
            problems.Add($"the checkpoint is no JSON ({wrong.Message}); allowed is the object that an export gives");
            return null;
        }

        using (document)
        {
            return document.RootElement.ValueKind is JsonValueKind.Object
                ? Read(new CheckpointReading(document.RootElement, problems), source, now)
                : Refuse(problems, $"the checkpoint is a JSON {document.RootElement.ValueKind}; allowed is the object that an export gives");
        }
    }

    private static Checkpoint? Read(CheckpointReading reading, CheckpointSource source, DateTimeOffset now)
    {
        reading.OnlyMembers("", Members);
        reading.Same("kind", Kind, "an export of MilvusCdc");
        int version = reading.Number("version");
        reading.Check(version == Version, $"version is {version}; allowed is {Version}");
        string kind = reading.Text("log.kind");
        int logVersion = reading.Number("log.version");
        reading.Check(kind == source.LogKind, $"log.kind is '{kind}', this source is read from '{source.LogKind}': positions of one mean nothing to the other");
        reading.Check(logVersion == Checkpoint.CurrentLogVersion, $"log.version is {logVersion}; allowed is {Checkpoint.CurrentLogVersion}");
        reading.Same("source.rootPath", source.RootPath, "the source that this installation reads");
        reading.Same("source.replicateChannel", source.ReplicateChannel, "the source that this installation reads");
        ulong frontier = reading.Timestamp("frontier", now);
        var channels = new Dictionary<string, ChannelCheckpoint>(StringComparer.Ordinal);
        foreach (string channel in reading.Names("channels"))
        {
            reading.Check(IsPhysical(channel), $"channels has '{channel}', which is no physical channel; allowed are names such as by-dev-rootcoord-dml_3");
            reading.OnlyMembers($"channels.{channel}", ["position", "awaitingDrop"]);
            channels[channel] = new ChannelCheckpoint(reading.Position("channels", channel, kind), reading.Ids("channels", channel));
        }

        LogPosition operations = reading.Position("operations", null, kind);
        long revision = reading.Revision("catalogRevision");
        return reading.Failed ? null : new Checkpoint
        {
            Frontier = frontier,
            LogKind = kind,
            LogVersion = logVersion,
            Channels = channels,
            Operations = operations,
            CatalogRevision = revision,
            IsByHand = true,
            WrittenAt = now,
        };
    }

    /// <summary>Whether a name can be a physical channel's.</summary>
    public static bool IsPhysical(string channel) => channel.Length > 0 && channel.Trim() == channel && VirtualChannel.Parse(channel) is null;

    /// <summary>Why a Milvus timestamp cannot be a frontier; null: it can.</summary>
    public static string? Obstacle(ulong frontier, DateTimeOffset now)
    {
        // A source's clock may be ahead of ours, but not by a day.
        long milliseconds = TaskReportSnapshot.PhysicalMs(frontier);
        return frontier == 0 || milliseconds < FirstMilvus || milliseconds > now.AddDays(1).ToUnixTimeMilliseconds()
            ? $"frontier is {frontier}, which is {(frontier == 0 ? "nothing" : DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(milliseconds, 253402300799999)).ToString("u", CultureInfo.InvariantCulture))}; "
                + $"allowed is a Milvus timestamp (milliseconds << 18) between 2019 and tomorrow, for example {MilvusTime.Compose(now.ToUnixTimeMilliseconds(), 0)}"
            : null;
    }

    // 2019-01-01: there was no Milvus before.
    private const long FirstMilvus = 1_546_300_800_000;

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static Checkpoint? Refuse(List<string> problems, string problem)
    {
        problems.Add(problem);
        return null;
    }
}
