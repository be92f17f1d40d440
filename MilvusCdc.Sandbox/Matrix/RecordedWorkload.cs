using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>A recorded session of a real Milvus, replayed live.</summary>
/// <param name="recording">Which one.</param>
/// <param name="speed">1 is the recorded speed.</param>
internal sealed class RecordedWorkload(Recording recording, double speed) : IMatrixWorkload
{
    private readonly RecordedHistory _history = RecordedHistory.Read(recording);
    private ReplaySink? _sink;

    public string Name => recording.Name;

    public RecordedLog Log => recording.Log;

    public string ReplicateChannel => recording.ReplicateChannel;

    public IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["Cdc__Source__Etcd__RootPath"] = recording.RootPath,
        ["Cdc__Source__Etcd__MetaSubPath"] = recording.MetaSubPath,
        ["Cdc__Source__ReplicateChannel"] = recording.ReplicateChannel,
    };

    public ulong End => _history.LastFrontier;

    public Task PrepareAsync(Uri etcd, ISourceBroker broker, CancellationToken cancellation)
    {
        _sink = new ReplaySink(etcd, broker);
        return Feeder(null).PrepareAsync(cancellation);
    }

    public Task RunAsync(Func<ulong, CancellationToken, ValueTask<bool>> gate, CancellationToken cancellation) =>
        Feeder(async (time, token) => await gate(time, token)).StreamAsync(cancellation);

    public ComparisonReport Compare(TargetContent target) => TableComparer.Compare(
        recording.HasSourceRows ? recording.SourceRows() : _history.RowsAt(ulong.MaxValue), target.Rows, recording.SourceState(), target.Structures);

    public string Summary => "";

    public ValueTask DisposeAsync()
    {
        _sink?.Dispose();
        return ValueTask.CompletedTask;
    }

    private RecordingFeeder Feeder(Func<ulong, CancellationToken, ValueTask>? gate) => new(recording, _sink!, ReplayPace.Live, speed, TimeProvider.System) { Gate = gate };
}
