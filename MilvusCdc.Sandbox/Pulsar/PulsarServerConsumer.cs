using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>One consumer of one client: where it is in its topic and how many messages it may still get. Used under its connection's lock.</summary>
internal sealed class PulsarServerConsumer(ulong id, PulsarTopic topic, PulsarSubscription subscription, PulsarBrokerFaults faults)
{
    private long _next = subscription.Next;
    private StoredEntry? _again;

    public ulong Id => id;

    public PulsarTopic Topic => topic;

    public PulsarSubscription Subscription => subscription;

    /// <summary>May be above what messages there are; never counts below zero by more than one batch.</summary>
    public long Permits { get; set; }

    /// <summary>Writes what may be sent into <paramref name="buffer"/>, up to <paramref name="bytes"/> in all; false when nothing was to be sent.</summary>
    public bool Deliver(MemoryStream buffer, int bytes)
    {
        bool any = false;
        while (Permits > 0 && buffer.Length < bytes && !faults.SilentTopics.Contains(topic.Name))
        {
            StoredEntry? entry = _again;
            _again = null;
            if (entry is null)
            {
                entry = topic.Read(ref _next);
                _again = faults.DuplicateDelivery ? entry : null;
            }

            if (entry is null)
            {
                return any;
            }

            byte[]? sent = faults.Mangle is { } mangle ? mangle(topic.Name, entry.At, entry.Bytes) : entry.Bytes;
            if (sent is not null)
            {
                Write(buffer, entry.At, sent);
                Permits -= entry.Count;
                any = true;
            }
        }

        return any;
    }

    private void Write(MemoryStream buffer, LogPosition at, byte[] entry)
    {
        BaseCommand message = new()
        {
            Type = BaseCommand.Types.Type.Message,
            Message = new CommandMessage { ConsumerId = id, MessageId = new MessageIdData { LedgerId = (ulong)at.Ledger, EntryId = (ulong)at.Entry, Partition = -1 } },
        };
        buffer.Write(Frames.WriteHead(message, entry.Length));
        buffer.Write(entry);
    }
}
