using System.Diagnostics;

namespace MilvusCdc.Sandbox.Source.Log;

/// <summary>One client call's trace: each of its messages is a span of its own, as the W3C header <c>traceparent</c> shows it. Not sampled, as in the recordings.</summary>
internal sealed class Trace
{
    private readonly ActivityTraceId _id = ActivityTraceId.CreateRandom();

    public KeyValuePair<string, string> NextSpan() => new("traceparent", $"00-{_id}-{ActivitySpanId.CreateRandom()}-00");
}
