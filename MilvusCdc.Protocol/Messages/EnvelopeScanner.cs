using System.Text.Unicode;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Messages;

/// <summary>The walk behind <see cref="Envelope.Scan"/>: first the base, which tells the type, then the fields that the type has.</summary>
internal static class EnvelopeScanner
{
    public static void Fill(Envelope envelope)
    {
        ReadOnlySpan<byte> message = envelope.Bytes.Span;
        if (message.IsEmpty)
        {
            throw new MalformedMessageException("The message is empty: it has no base.");
        }

        ReadBases(envelope, message);
        ReadFields(envelope, message);
    }

    // A second base is merged into the first, as every protobuf parser does; its type counts for all fields, so bases are read first.
    private static void ReadBases(Envelope envelope, ReadOnlySpan<byte> message)
    {
        bool found = false;
        WireReader reader = new(message, new ByteSpan(0, message.Length), "message");
        while (reader.TryReadTag())
        {
            if (reader.Number != 1)
            {
                reader.Skip();
                continue;
            }

            envelope.IsPlain &= !found;
            envelope.BaseAt = reader.FieldStart;
            found = true;
            ReadBase(envelope, message, reader.ReadBytes());
        }

        if (!found)
        {
            throw new MalformedMessageException($"The message of {message.Length} bytes has no base (field 1).", 1);
        }
    }

    private static void ReadBase(Envelope envelope, ReadOnlySpan<byte> message, ByteSpan within)
    {
        int seen = 0;
        WireReader reader = new(message, within, "base");
        while (reader.TryReadTag())
        {
            // Field 6 is a map: it repeats.
            int bit = reader.Number is >= 1 and <= 7 and not 6 ? 1 << reader.Number : 0;
            envelope.IsPlain &= (seen & bit) == 0 && reader.Number <= 7;
            seen |= bit;
            switch (reader.Number)
            {
                case 1:
                    envelope.Type = (MsgType)(int)reader.ReadNumber();
                    break;
                case 2:
                    envelope.MsgId = (long)reader.ReadNumber();
                    envelope.MsgIdAt = reader.FieldStart;
                    break;
                case 3:
                    envelope.BaseTimestamp = reader.ReadNumber();
                    break;
                case 4:
                    envelope.SourceId = (long)reader.ReadNumber();
                    break;
                case 5:
                    reader.ReadNumber();
                    break;
                case 6 or 7:
                    reader.ReadBytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private static void ReadFields(Envelope envelope, ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<Slot> layout = EnvelopeLayout.Of(envelope.Type);
        RowTimes times = new();
        long oldKeys = 0;
        int seen = 0;
        WireReader reader = new(message, new ByteSpan(0, message.Length), envelope.Type.ToName());
        while (reader.TryReadTag())
        {
            Slot slot = EnvelopeLayout.Find(layout, reader.Number);
            switch (slot)
            {
                case Slot.ShardName or Slot.DbName or Slot.CollectionName or Slot.PartitionName:
                    if (!Utf8.IsValid(reader.ReadBytes().Of(message)))
                    {
                        throw reader.Malformed($"the {slot} is not valid UTF-8");
                    }

                    envelope.Found(slot, reader.FieldStart);
                    break;
                case Slot.CollectionId:
                    envelope.CollectionId = (long)reader.ReadNumber();
                    envelope.Found(slot, reader.FieldStart);
                    break;
                case Slot.PartitionId:
                    envelope.PartitionId = (long)reader.ReadNumber();
                    envelope.Found(slot, reader.FieldStart);
                    break;
                case Slot.SegmentId:
                    envelope.SegmentId = (long)reader.ReadNumber();
                    break;
                case Slot.RowCount:
                    envelope.RowCount = (long)reader.ReadNumber();
                    if (envelope.RowCount < 0)
                    {
                        throw reader.Malformed($"num_rows is {(ulong)envelope.RowCount}, over 63 bits");
                    }

                    break;
                case Slot.Timestamps:
                    times.Add(ref reader, message);
                    break;
                case Slot.OldKeys:
                    oldKeys += CountNumbers(ref reader, message);
                    break;
                case Slot.OtherNumber:
                    reader.ReadNumber();
                    break;
                case Slot.OtherNumbers:
                    SkipNumbers(ref reader);
                    break;
                case Slot.Base or Slot.OtherBytes or Slot.Repeated:
                    reader.ReadBytes();
                    break;
                default:
                    envelope.IsPlain = false;
                    reader.Skip();
                    break;
            }

            // Singular numbers and messages that are not patchable: plain only when they occur once. (Patchable ones: see Envelope.Found.)
            if (slot is Slot.SegmentId or Slot.RowCount or Slot.OtherNumber or Slot.OtherBytes)
            {
                int bit = 1 << reader.Number;
                envelope.IsPlain &= (seen & bit) == 0;
                seen |= bit;
            }
        }

        // Milvus's own decoder does the same for Deletes of old clients.
        envelope.RowCount = envelope.RowCount == 0 ? oldKeys : envelope.RowCount;
        envelope.TimestampCount = times.Count;
        envelope.MinTimestamp = times.Count == 0 ? envelope.BaseTimestamp : times.Min;
        envelope.MaxTimestamp = times.Count == 0 ? envelope.BaseTimestamp : times.Max;
    }

    private static int CountNumbers(ref WireReader reader, ReadOnlySpan<byte> message)
    {
        if (reader.Kind == WireKind.Varint)
        {
            reader.ReadVarint();
            return 1;
        }

        int count = PackedNumbers.Count(reader.ReadBytes().Of(message));
        return count != PackedNumbers.NotNumbers ? count : throw reader.Malformed("the packed numbers are cut off or longer than 64 bits");
    }

    private static void SkipNumbers(ref WireReader reader)
    {
        if (reader.Kind == WireKind.Varint)
        {
            reader.ReadVarint();
        }
        else
        {
            reader.ReadBytes();
        }
    }

    private static string ToName(this MsgType type) => type switch
    {
        MsgType.Insert => "Insert message",
        MsgType.Delete => "Delete message",
        _ => "message",
    };
}
