using System.Diagnostics;
using System.Diagnostics.Metrics;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Timeline;

namespace MilvusCdc.Core.Telemetry;

/// <summary>
/// A span for every message, from its read to its acknowledgement, that continues the trace of the request that made it on the source. Made when the outcome is known, so
/// that a message that waits costs nothing and one that nobody samples costs no span.
/// </summary>
internal sealed class ReplicationTelemetry(TimeProvider time, string logKind, MessageLog? messages = null)
{
    private static readonly ActivitySource Source = new("MilvusCdc.Replication");
    private static readonly Meter Meter = new("MilvusCdc.Replication");
    private static readonly Counter<long> Consumed = Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Messages of the source's log that were handled");
    private static readonly Counter<long> Rows = Meter.CreateCounter<long>("milvuscdc.rows", "{row}", "Rows inserted and keys deleted on the target");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "messaging.process.duration",
        "s",
        "From the read of a message to its acknowledgement by the target",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });

    /// <summary>All messages of a group were acknowledged, or failed together.</summary>
    public void Processed(RowGroup group, Route route, Exception? fault)
    {
        var tags = new TagList
        {
            { "messaging.system", logKind },
            { "messaging.operation.name", "process" },
            { "messaging.destination.name", group.SourceChannel },
        };
        if (fault is not null)
        {
            tags.Add("error.type", fault.GetType().FullName);
        }

        Consumed.Add(group.Entries.Count, tags);
        Rows.Add(fault is null ? group.Rows : 0, new TagList { { "kind", group.Kind.ToString() } });
        if (fault is null)
        {
            messages?.Note(group, route);
        }

        bool traced = Source.HasListeners();
        foreach (LogEntry entry in group.Entries)
        {
            TimeSpan elapsed = time.GetElapsedTime(entry.ReadAt);
            Duration.Record(elapsed.TotalSeconds, tags);
            if (traced)
            {
                Trace(group, route, entry, elapsed, fault);
            }
        }
    }

    private void Trace(RowGroup group, Route route, LogEntry entry, TimeSpan elapsed, Exception? fault)
    {
        ActivityContext parent = ActivityContext.TryParse(entry.TraceParent, null, isRemote: true, out ActivityContext origin) ? origin : default;
        using Activity? span = Source.StartActivity(
            $"process {group.SourceChannel}", ActivityKind.Consumer, parent, startTime: time.GetUtcNow() - elapsed);
        if (span is null)
        {
            return;
        }

        span.SetTag("messaging.system", logKind);
        span.SetTag("messaging.operation.name", "process");
        span.SetTag("messaging.operation.type", "process");
        span.SetTag("messaging.destination.name", group.SourceChannel);
        span.SetTag("messaging.destination.partition.id", "0");
        span.SetTag(logKind == "kafka" ? "messaging.kafka.offset" : "messaging.message.id", logKind == "kafka" ? entry.Position.Entry : entry.Position.ToString());
        span.SetTag("milvus.message.type", group.Kind.ToString());
        span.SetTag("milvus.timestamp", (long)entry.Timestamp);
        span.SetTag("milvus.rows", entry.Envelope.RowCount);
        span.SetTag("milvus.target.collection", $"{route.Collection.Database}.{route.Collection.Name}");
        span.SetTag("milvus.target.channel", route.PChannel);
        if (fault is not null)
        {
            span.SetStatus(ActivityStatusCode.Error, fault.Message);
            span.SetTag("error.type", fault.GetType().FullName);
        }

        span.SetEndTime(time.GetUtcNow().UtcDateTime);
    }
}
