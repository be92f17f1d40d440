using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Doors;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Live;

/// <summary>
/// Compares the two sides of a running sandbox row by row, while both are in use: as they were at one timestamp, the newest tick that the target's shards have in common, which lies
/// beyond the source's last change at the time of asking. Nothing is paused for it.
/// </summary>
public sealed class Verifier(UpAddresses addresses) : IDisposable
{
    // Operations run a moment after the rows of their timestamp; a structure that is about to change is looked at again.
    private const int Attempts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly DoorClient _source = new(addresses.SourceDoor);
    private readonly DoorClient _target = new(addresses.TargetDoor);

    /// <summary>Compares.</summary>
    /// <param name="patience">How long the target may take to get to the source's last change.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The timestamp that was compared, and the verdicts.</returns>
    /// <exception cref="SandboxException">The target did not get there in time, or a side does not answer.</exception>
    public async Task<(ulong At, ComparisonReport Report)> CompareAsync(TimeSpan patience, CancellationToken cancellation)
    {
        ulong wanted = (await _source.StateAsync(cancellation)).LastChange;
        long began = TimeProvider.System.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            ulong at = await WaitForAsync(wanted, patience - TimeProvider.System.GetElapsedTime(began), cancellation);
            DoorContent source = await _source.ContentAsync(at, cancellation), target = await _target.ContentAsync(at, cancellation);
            ComparisonReport report = TableComparer.Compare(source.Rows, target.Rows, source.Structures, target.Structures);
            if (report.AllEqual || attempt == Attempts)
            {
                return (at, report);
            }

            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _source.Dispose();
        _target.Dispose();
    }

    private async Task<ulong> WaitForAsync(ulong wanted, TimeSpan patience, CancellationToken cancellation)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            DoorState source = await _source.StateAsync(cancellation), target = await _target.StateAsync(cancellation);
            ulong at = Math.Min(target.Tick, source.Tick);
            if (at >= wanted)
            {
                return at;
            }

            if (TimeProvider.System.GetElapsedTime(began) > patience)
            {
                double behind = ((wanted >> 18) - (double)(at >> 18)) / 1000;
                throw new SandboxException($"The target did not reach the source's last change within {patience.TotalSeconds:0} s: it is {behind:0.0} s behind. See the task's reason on {addresses.Server}.");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }
}
