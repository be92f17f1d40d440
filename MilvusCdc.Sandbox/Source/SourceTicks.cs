using MilvusCdc.Sandbox.Source.Log;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Source;

/// <summary>
/// Ticks on the channels in use. While a change is being made they stand still just below it, so that whatever a tick T follows on its channel is all that has a timestamp up to T
/// (milvus-source-formats.md §3.5).
/// </summary>
internal sealed class SourceTicks(Instance instance, SourceLog log)
{
    private ulong _floor;

    /// <summary>The newest tick written; 0: none yet.</summary>
    public ulong Newest { get; private set; }

    public void BeginChange()
    {
        lock (instance.Gate)
        {
            _floor = instance.Clock.Next();
        }
    }

    public void EndChange()
    {
        lock (instance.Gate)
        {
            _floor = 0;
        }
    }

    /// <summary>Writes one round. Channels whose last collection has gone get a tick beyond its Drop message, and then no more.</summary>
    public ulong Round()
    {
        lock (instance.Gate)
        {
            ulong tick = _floor > 0 ? _floor : instance.Clock.Next();
            foreach (PhysicalChannel channel in instance.Channels.All.Where(channel => channel.Readers.Count > 0).ToList())
            {
                log.Tick(channel.Name, tick);
                foreach (VirtualChannel gone in channel.Readers.Where(reader => reader.Collection.Dropped && reader.DropAt <= tick).ToList())
                {
                    channel.Readers.Remove(gone);
                }
            }

            Newest = tick;
            return tick;
        }
    }
}
