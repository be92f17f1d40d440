using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>What a source does during a replay, once.</summary>
internal interface IMatrixWorkload : IAsyncDisposable
{
    /// <summary>For people.</summary>
    string Name { get; }

    /// <summary>The kind of its log.</summary>
    RecordedLog Log { get; }

    /// <summary>The source's channel of operations.</summary>
    string ReplicateChannel { get; }

    /// <summary>What the server must be told about the source, as environment variables.</summary>
    IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>The Milvus timestamp that a frontier must have reached when everything is on the target. Valid once <see cref="RunAsync"/> has ended.</summary>
    ulong End { get; }

    /// <summary>Puts there what lies there before the task starts.</summary>
    Task PrepareAsync(Uri etcd, ISourceBroker broker, CancellationToken cancellation);

    /// <summary>What it did, for people; empty: the name says it.</summary>
    string Summary { get; }

    /// <summary>
    /// Does everything. <paramref name="gate"/> is waited for before each step, with the step's Milvus timestamp; it says whether more is wanted, for workloads that have no end of their own.
    /// </summary>
    Task RunAsync(Func<ulong, CancellationToken, ValueTask<bool>> gate, CancellationToken cancellation);

    /// <summary>Compares what a target holds with what the source holds at the end.</summary>
    ComparisonReport Compare(TargetContent target);
}
