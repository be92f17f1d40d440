using System.Buffers.Binary;
using System.Text.RegularExpressions;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>The topics of the target's queue: the physical channels, and whatever else somebody wrote to.</summary>
internal sealed partial class ChannelSet(StandInOptions options)
{
    private const int FirstLedger = 100;
    private const long RocksMqStart = 470_000_000_000_000_000;
    private readonly Dictionary<string, PhysicalChannel> _byName = new(StringComparer.Ordinal);
    private long _written;

    /// <summary>Name of the channel on which the target publishes its own operations.</summary>
    public string OwnOperations => options.ChannelPrefix + "-replicate-msg";

    public IEnumerable<PhysicalChannel> All => _byName.Values;

    public ulong NewestTickInUse => _byName.Values.Where(c => c.InUse > 0).Select(c => c.NewestTick).DefaultIfEmpty().Max();

    public string NameOf(int number) => $"{options.ChannelPrefix}-rootcoord-dml_{number}";

    public bool IsPhysical(string name) => Enumerable.Range(0, options.ChannelCount).Any(n => NameOf(n) == name);

    public PhysicalChannel Open(string name)
    {
        if (!_byName.TryGetValue(name, out PhysicalChannel? channel))
        {
            int number = Enumerable.Range(0, options.ChannelCount).FirstOrDefault(n => NameOf(n) == name, options.ChannelCount + _byName.Count);
            _byName[name] = channel = new PhysicalChannel(name, number);
        }

        return channel;
    }

    public PhysicalChannel? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The channels with the fewest shards on them, then those used least so far, in order of their numbers. A dropped collection counts until its Drop message has been passed.</summary>
    public IReadOnlyList<int> LeastUsed(int count) => Enumerable.Range(0, options.ChannelCount)
        .OrderBy(n => Find(NameOf(n)) is not { } channel ? 0 : options.TtMsgEnabled ? channel.Readers.Count : channel.InUse)
        .ThenBy(n => options.TtMsgEnabled ? Find(NameOf(n))?.EverUsed ?? 0 : 0)
        .ThenBy(n => n).Take(count).ToList();

    /// <summary>Writes one element and returns its position as ReplicateMessage shows it.</summary>
    public string Write(PhysicalChannel channel, MsgType type, ulong timestamp, ReadOnlyMemory<byte> bytes)
    {
        channel.Append(type, timestamp, bytes.Length, options.KeepPayloads ? bytes.ToArray() : null);
        _written++;
        return options.Queue switch
        {
            QueueKind.Kafka => Number(channel.Log.Count - 1),
            QueueKind.RocksMq => Number(RocksMqStart + _written),
            _ => PulsarId(FirstLedger + channel.Number, channel.Log.Count - 1),
        };
    }

    /// <summary>Position of the newest message of the target's own operation channel.</summary>
    public string NewestOwnOperation(long count) => (options.Queue, count) switch
    {
        (QueueKind.Kafka, 0) =>
            throw Refusal.Unexpected($"Failed to get latest MsgID from channel: {OwnOperations}, error = Local: Unknown partition"),
        (QueueKind.Kafka, _) => Number(count - 1),
        (QueueKind.RocksMq, 0) => Number(-1),
        (QueueKind.RocksMq, _) => Number(RocksMqStart + count),
        (_, 0) => PulsarId(-1, -1),
        _ => PulsarId(FirstLedger, count - 1),
    };

    /// <summary>What the queue says to a topic name: null is fine.</summary>
    public string? RefusalOfName(string name) =>
        options.Queue == QueueKind.Kafka && (name is "." or ".." || name.Length > 249 || !KafkaName().IsMatch(name)) ? "Broker: Invalid topic" : null;

    public bool PanicsOn(string name) => options.Queue == QueueKind.RocksMq && name.Contains('/');

    private static string Number(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Convert.ToBase64String(bytes);
    }

    private static string PulsarId(long ledger, long entry)
    {
        List<byte> bytes = [0x08];
        Varint(bytes, (ulong)ledger);
        bytes.Add(0x10);
        Varint(bytes, (ulong)entry);
        bytes.AddRange([0x18, 0x00, 0x20, 0x00]);
        return Convert.ToBase64String(bytes.ToArray());
    }

    private static void Varint(List<byte> to, ulong value)
    {
        while (value >= 0x80)
        {
            to.Add((byte)(value | 0x80));
            value >>= 7;
        }

        to.Add((byte)value);
    }

    [GeneratedRegex("^[a-zA-Z0-9._-]+$")]
    private static partial Regex KafkaName();
}
