using System.Globalization;
using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.V1;

/// <summary>Events as they happen (server-sent events).</summary>
internal static class EventEndpoints
{
    public static void Map(RouteGroupBuilder v1) =>
        v1.MapGet("/events", StreamAsync).Describe("streamEvents", "Events", ApiRole.Reader).Fails(400, 429).Produces(200, contentType: "text/event-stream")
            .Query("task", "Only events of this task.").Query("types", "Only events of these types, with commas between: task, status, operation, worker.");

    /// <summary>
    /// Streams what happens: task (created, changed, deleted), status (what a task is doing, at most twice a second), operation (who did what), worker (came, went, drained). Each event's id is a revision of the meta store:
    /// sent as Last-Event-ID it continues without a gap. An event of type reset says that a gap cannot be avoided: read everything anew.
    /// </summary>
    public static async Task<IResult> StreamAsync(HttpContext http, EventStream events, CancellationToken cancellation)
    {
        V1Query query = new(http);
        string? task = query.Text("task");
        string[] types = (query.Text("types") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        query.ThrowIfWrong();
        if (types.Except(EventStream.Types, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw Problems.Refuse(ProblemCode.QueryInvalid, [new FieldMistake("types", "range", $"has '{BodyFields.Shown(unknown)}'; allowed are {string.Join(", ", EventStream.Types)}")]);
        }

        string stated = http.Request.Headers["Last-Event-ID"].ToString();
        if (!long.TryParse(stated, NumberStyles.None, CultureInfo.InvariantCulture, out long last) && stated.Length > 0)
        {
            throw Problems.Refuse(ProblemCode.QueryInvalid, [new FieldMistake("Last-Event-ID", "format", "is no event's id; allowed is the id of an event of this stream")]);
        }

        await using EventSubscription subscription = events.Subscribe() ?? throw Problems.Refuse(ProblemCode.Busy, $"{EventStream.MostStreams} streams are open already; close one, or poll.");
        await subscription.WriteAsync(http.Response, new EventFilter(task, types), last, cancellation);
        return Results.Empty;
    }
}
