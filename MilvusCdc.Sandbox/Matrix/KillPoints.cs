using System.Globalization;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>The kill points of a workload: every kind of thing that a worker does on its wires, at several places of the replay, before and after the other side has done it.</summary>
internal static class KillPoints
{
    /// <summary>All points of a workload that makes these calls to the target. The points of both logs have the same numbers; Pulsar has some more of its own.</summary>
    public static IReadOnlyList<KillPoint> All(IEnumerable<string> targetMethods, RecordedLog log)
    {
        List<KillPoint> points = [];
        foreach ((string name, int[] places) in Repeated.Select(one => (On(log, one.Name), one.Places)))
        {
            foreach (int place in places)
            {
                Both(name, place, string.Create(CultureInfo.InvariantCulture, $"{name} {place}"));
            }
        }

        foreach (string method in targetMethods)
        {
            Both(method, 1, method);
        }

        foreach ((WireMatch at, WireMatch then, string words) in Between)
        {
            points.Add(new KillPoint(points.Count + 1, words, at, then with { Name = On(log, then.Name) }));
        }

        foreach ((string name, int place) in InStarts.Select(one => (On(log, one.Name), one.Place)))
        {
            Both(name, place, $"in a start: {name}");
        }

        foreach (WireMatch then in InDrains)
        {
            points.Add(new KillPoint(
                points.Count + 1, $"in a drain: {then.Name}, {Moment(then.Done)}", new WireMatch(WireNames.Inserts, Done: false, points.Count % 3 + 2), then, Pause: true));
        }

        if (log == RecordedLog.Pulsar)
        {
            foreach ((string name, int place, string words) in OnPulsar)
            {
                Both(name, place, words);
            }
        }

        return points;

        void Both(string name, int place, string words)
        {
            points.Add(new KillPoint(points.Count + 1, $"{words}, {Moment(false)}", new WireMatch(name, Done: false, place)));
            points.Add(new KillPoint(points.Count + 1, $"{words}, {Moment(true)}", new WireMatch(name, Done: true, place)));
        }
    }

    /// <summary>What a worker does all the time, and at which occurrences it is killed.</summary>
    private static readonly (string Name, int[] Places)[] Repeated =
    [
        (WireNames.Fetch, [2, 8, 30]),
        (WireNames.FetchOperations, [1]),
        (WireNames.Inserts, [1, 4, 8, 14]),
        (WireNames.Deletes, [1, 3]),
        (WireNames.Checkpoint, [2, 8, 20, 50]),
        (WireNames.Tick, [2, 12, 40, 90]),
        (WireNames.Mapping, [1, 4]),
        (WireNames.DropMessage, [1]),
    ];

    /// <summary>Between two things that a worker does: the first is answered for certain when the second comes.</summary>
    private static readonly (WireMatch At, WireMatch Then, string Words)[] Between =
    [
        (new(WireNames.Inserts, Done: true, 2), new(WireNames.Checkpoint, Done: false), "rows acknowledged, checkpoint not written (1)"),
        (new(WireNames.Inserts, Done: true, 10), new(WireNames.Checkpoint, Done: false), "rows acknowledged, checkpoint not written (2)"),
        (new(WireNames.Deletes, Done: true, 2), new(WireNames.Checkpoint, Done: false), "deletes acknowledged, checkpoint not written"),
        (new(WireNames.Inserts, Done: true, 6), new(WireNames.Tick, Done: false), "checkpoint of rows written, tick not sent"),
        (new(WireNames.Inserts, Done: true, 7), new(WireNames.Tick, Done: true), "tick of rows sent, not answered"),
        (new(WireNames.Tick, Done: true, 20), new(WireNames.Fetch, Done: true), "tick answered, next records read"),
    ];

    /// <summary>While a worker takes the task and begins: a later place each, so that each lies in the start after another kill.</summary>
    private static readonly (string Name, int Place)[] InStarts =
    [
        (WireNames.ClaimTarget, 2),
        (WireNames.Claim, 3),
        (WireNames.LoadCheckpoint, 4),
        (WireNames.LoadMappings, 5),
        (WireNames.CutMark, 4),
        (WireNames.First + WireNames.Fetch, 3),
        (WireNames.First + WireNames.Inserts, 2),
        (WireNames.First + WireNames.Checkpoint, 3),
        (WireNames.First + WireNames.Tick, 2),
    ];

    /// <summary>What only a reader of Pulsar does.</summary>
    private static readonly (string Name, int Place, string Words)[] OnPulsar =
    [
        (WireNames.Acknowledge, 3, "acknowledgement 3"),
        (WireNames.First + WireNames.Lookup, 3, "in a start: first lookup"),
        (WireNames.First + WireNames.Subscribe, 2, "in a start: first subscribe"),
        (WireNames.Subscribe, 12, "in a start: subscribe 12"),
        (WireNames.First + WireNames.AskEnd, 3, "in a start: first question for the end"),
        (WireNames.First + WireNames.Seek, 2, "in a start: first seek"),
    ];

    private static readonly WireMatch[] InDrains =
    [
        new(WireNames.Record, Done: false),
        new(WireNames.Record, Done: true),
        new(WireNames.Inserts, Done: true),
        new(WireNames.Checkpoint, Done: false),
        new(WireNames.Checkpoint, Done: true),
        new(WireNames.Tick, Done: false),
        new(WireNames.Tick, Done: true),
        new(WireNames.CutMark, Done: false),
        new(WireNames.CutMark, Done: true),
    ];

    /// <summary>What a log has instead of Kafka's fetches.</summary>
    private static string On(RecordedLog log, string name) => (log, name) switch
    {
        (RecordedLog.Pulsar, WireNames.Fetch) => WireNames.Delivery,
        (RecordedLog.Pulsar, WireNames.FetchOperations) => WireNames.DeliveryOperations,
        (RecordedLog.Pulsar, WireNames.First + WireNames.Fetch) => WireNames.First + WireNames.Delivery,
        _ => name,
    };

    private static string Moment(bool done) => done ? "done and not answered" : "not done yet";
}
