using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;

namespace MilvusCdc.Server.Tests.TakeOver;

/// <summary>Feeds a recording up to a point, and the rest when the gate opens.</summary>
internal sealed class GatedSink(ReplaySink inner, long messages) : IRecordingSink
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _appended;

    /// <summary>Done when the point is reached.</summary>
    public Task Reached => _reached.Task;

    public void Open() => _open.TrySetResult();

    public async Task WriteAsync(IReadOnlyList<EtcdChange> changes, CancellationToken cancellation)
    {
        if (_appended >= messages)
        {
            _reached.TrySetResult();
            await _open.Task.WaitAsync(cancellation);
        }

        await inner.WriteAsync(changes, cancellation);
    }

    public long Append(RecordedMessage message)
    {
        _appended++;
        return inner.Append(message);
    }
}
