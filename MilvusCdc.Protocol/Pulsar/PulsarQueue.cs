using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>
/// Between the connections and the reader. Channels ask for more only while there is room (<see cref="PulsarFlow"/>); should far more come than was thought, the sockets are left unread.
/// </summary>
internal sealed class PulsarQueue(long maxBytes) : LogQueue<PulsarChannel>(nameof(PulsarSourceLog))
{
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether nothing more should be read from the sockets.</summary>
    public bool IsOverfull => Bytes >= 2 * maxBytes;

    public void Add(PulsarChannel channel, in LogMessage message) => Put(channel, message);

    /// <summary>Waits until a good part of what was read ahead is taken.</summary>
    public async Task WaitForRoomAsync(CancellationToken cancellation)
    {
        while (IsOverfull)
        {
            Task room = Volatile.Read(ref _room).Task;
            if (!IsOverfull)
            {
                return;
            }

            await room.WaitAsync(cancellation);
        }
    }

    protected override bool IsWanted(PulsarChannel channel, int valueBytes) => channel.Taken(valueBytes);

    protected override void Freed(long left, int bytes)
    {
        if (left < 2 * maxBytes && left + bytes >= 2 * maxBytes)
        {
            Interlocked.Exchange(ref _room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }
}
