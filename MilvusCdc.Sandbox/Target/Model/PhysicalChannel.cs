using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>One topic of the target's queue: its log, and the shards that read it.</summary>
internal sealed class PhysicalChannel(string name, int number)
{
    public string Name { get; } = name;

    /// <summary>Place in the list of channels; for a topic that nobody reads, its place in order of creation.</summary>
    public int Number { get; } = number;

    public List<LogElement> Log { get; } = [];

    /// <summary>Shards that the data node reads here; those of a dropped collection until its Drop message has come.</summary>
    public List<VirtualChannel> Readers { get; } = [];

    /// <summary>Shards of living collections.</summary>
    public int InUse => Readers.Count(r => !r.Collection.Dropped);

    /// <summary>Shards that were ever put here.</summary>
    public int EverUsed { get; private set; }

    public ulong NewestTick { get; private set; }

    public void Add(VirtualChannel reader)
    {
        Readers.Add(reader);
        EverUsed++;
    }

    public void Append(MsgType type, ulong timestamp, int size, byte[]? payload)
    {
        Log.Add(new LogElement(Log.Count, type, timestamp, size, payload));
        if (type == MsgType.TimeTick)
        {
            NewestTick = Math.Max(NewestTick, timestamp);
            foreach (VirtualChannel reader in Readers.ToList())
            {
                reader.Advance(timestamp);
            }

            Readers.RemoveAll(r => r.Removed);
        }
    }
}

/// <summary>One element of a channel's log.</summary>
/// <param name="Index">Place in the log, from 0.</param>
/// <param name="Type">Message type.</param>
/// <param name="Timestamp">base.timestamp.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Payload">The bytes, when they are kept.</param>
public sealed record LogElement(int Index, MsgType Type, ulong Timestamp, int Size, byte[]? Payload);
