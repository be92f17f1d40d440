using System.Globalization;
using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>How far tasks are, and what their collections are on the target.</summary>
internal static class ProgressEndpoints
{
    private const long SmallLagMs = 10_000;

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/tasks/{id}/progress", ProgressAsync).Describe("getProgress", "Progress", ApiRole.Reader).Answers<TaskProgressAnswer>(200).Fails(404);
        v1.MapGet("/tasks/{id}/collections", CollectionsAsync).Describe("listCollections", "Progress", ApiRole.Reader).Answers<CollectionList>(200).Fails(404);
    }

    /// <summary>How far a task is, how fast it goes, and whether its target could take over now.</summary>
    public static async Task<IResult> ProgressAsync(string id, HttpContext http, TaskStore store, DeadLetterStore letters, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        TaskRecord record = await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation);
        TaskReport? live = await store.FindStatusAsync(record.Definition.Id, cancellation);
        TaskReport report = live ?? TaskReport.Unowned(record);
        DeadLetterSummary waiting = await letters.SummaryAsync(record.Definition.Id, cancellation);
        return Results.Ok(new TaskProgressAnswer
        {
            Id = report.Id,
            Phase = report.Phase,
            Reason = report.Reason,
            IsStale = report.IsStale,
            Frontier = report.Frontier.ToString(CultureInfo.InvariantCulture),
            FrontierAt = TimeOf(report.FrontierMs),
            Head = report.Head.ToString(CultureInfo.InvariantCulture),
            HeadAt = TimeOf(report.HeadMs),
            LagMs = report.LagMs,
            CaughtUp = report.CaughtUp,
            Rates = report.Rates,
            EtaSeconds = Eta(report),
            SlowestChannel = report.Channels.Where(static channel => channel.InUse).OrderBy(static channel => channel.AcknowledgedMs).ThenBy(static channel => channel.Name, StringComparer.Ordinal).FirstOrDefault()?.Name,
            Channels = report.Channels,
            Cutover = Judge(live is not null, report, waiting),
        });
    }

    /// <summary>What a task's collections are on the target: names, ids, shards, counts.</summary>
    public static async Task<IResult> CollectionsAsync(string id, HttpContext http, TaskStore store, TaskCollections collections, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        TaskRecord record = await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation);
        TaskReport? live = await store.FindStatusAsync(record.Definition.Id, cancellation);
        IReadOnlyList<CollectionMapping> stored = await collections.ListAsync(record.Definition.Id, cancellation);
        Dictionary<string, CollectionStatus> counted = (live?.Collections ?? []).ToDictionary(static collection => collection.Id, StringComparer.Ordinal);
        IEnumerable<CollectionAnswer> mapped = stored.Select(mapping => Show(mapping, counted.GetValueOrDefault(mapping.SourceId)));
        IEnumerable<CollectionAnswer> pending = counted.Values.Where(status => stored.All(mapping => mapping.SourceId != status.Id)).Select(static status => new CollectionAnswer
        {
            SourceId = status.Id,
            SourceName = status.SourceName,
            TargetName = status.TargetName,
            State = status.Dropped ? "dropped" : "pending",
            Inserted = status.Inserted,
            Deleted = status.Deleted,
        });
        return Results.Ok(new CollectionList(
            [.. mapped.Concat(pending).OrderBy(static one => one.SourceName ?? one.TargetName, StringComparer.Ordinal).ThenBy(static one => one.SourceId, StringComparer.Ordinal)]));
    }

    /// <summary>Whether the target could take over.</summary>
    internal static CutoverAnswer Judge(bool owned, TaskReport report, DeadLetterSummary letters)
    {
        string[] leftOut = [.. report.Notices.Keys.Where(static notice => notice.EndsWith(" ignored", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        CutoverCheck[] checks =
        [
            new("running", owned && !report.IsStale && report.Phase is TaskPhase.Streaming, report.IsStale ? "what is known of the task is old" : owned ? $"the task is in phase {report.Phase}; only Streaming is fit" : "no worker runs the task: start one, or resume the task"),
            new("caught_up", owned && report.CaughtUp, report.CaughtUp ? "everything that the source had at the last look is on the target" : "not everything of the source is on the target yet: wait, with writes to the source ended"),
            new("lag", owned && report.LagMs is <= SmallLagMs, report.LagMs is { } lag ? string.Create(CultureInfo.InvariantCulture, $"the target is {lag} ms behind; at most {SmallLagMs} is fit") : "how far the target is behind is not known"),
            new("dead_letters", letters is { Letters: 0, Blocking: null }, letters.Letters == 0 ? "no message waits as a dead letter" : $"{letters.Letters} dead letters are not on the target: replay or skip them"),
            new("nothing_left_out", leftOut.Length == 0, leftOut.Length == 0 ? "nothing was left out" : $"left out, as the task's policies say: {string.Join(", ", leftOut)}; do it on the target by hand, or accept that it is missing"),
        ];
        return new CutoverAnswer(checks.All(static check => check.Holds), checks);
    }

    private static CollectionAnswer Show(CollectionMapping mapping, CollectionStatus? status) => new()
    {
        SourceId = mapping.SourceId,
        SourceName = status?.SourceName,
        TargetId = mapping.TargetId,
        TargetName = status?.TargetName ?? $"{mapping.TargetDatabase}.{mapping.TargetName}",
        State = mapping.Dropped || status?.Dropped == true ? "dropped" : "replicating",
        Inserted = status?.Inserted ?? 0,
        Deleted = status?.Deleted ?? 0,
        Shards = mapping.Shards,
        Partitions = mapping.Partitions,
    };

    private static DateTimeOffset? TimeOf(long milliseconds) => milliseconds <= 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    // The source goes on at one second a second: only what is faster catches up.
    private static long? Eta(TaskReport report) =>
        report.CaughtUp ? 0 : report is { LagMs: { } lag, Rates.FrontierPerSecond: > 1.05 and var speed } ? (long)Math.Ceiling(lag / 1000.0 / (speed - 1)) : null;
}
