using System.Buffers;

namespace MilvusCdc.Protocol.Messages;

/// <summary>
/// Puts new names and ids into a message without touching the rest: the answer is a gather list of small new pieces and slices of the original buffer.
/// All other bytes, unknown fields and the order of fields stay. A field that is absent is appended at the end when its new value is not zero.
/// Of a field that occurs more than once the last counts on the wire: that one is replaced, the earlier ones are dropped.
/// </summary>
public static class EnvelopePatcher
{
    /// <summary>The patched message. The original buffer must stay unchanged while it is in use.</summary>
    public static ReadOnlySequence<byte> Patch(Envelope envelope, EnvelopePatch patch)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(patch);
        if (patch == EnvelopePatch.None)
        {
            return new ReadOnlySequence<byte>(envelope.Bytes);
        }

        PieceWriter writer = new(patch.SizeLimit() + (2 * PieceWriter.CopyUpTo));
        WriteHead(writer, envelope, patch, baseTimestamp: null, below: int.MaxValue);
        return writer.ToSequence();
    }

    /// <summary>Writes, patched, the fields with numbers smaller than <paramref name="below"/>; the others are left out.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="envelope">The message.</param>
    /// <param name="patch">New values.</param>
    /// <param name="baseTimestamp">A new base timestamp, or null to leave it. Only for messages that are <see cref="Envelope.IsPlain"/>.</param>
    /// <param name="below">Field numbers from here on are left out.</param>
    internal static void WriteHead(PieceWriter writer, Envelope envelope, EnvelopePatch patch, ulong? baseTimestamp, int below)
    {
        ReadOnlyMemory<byte> message = envelope.Bytes;
        ReadOnlySpan<Slot> layout = EnvelopeLayout.Of(envelope.Type);
        WireReader reader = new(message.Span, new ByteSpan(0, message.Length), "message");
        int copied = 0;
        while (reader.TryReadTag())
        {
            Slot slot = EnvelopeLayout.Find(layout, reader.Number);
            bool newBase = slot == Slot.Base && (patch.MsgId is not null || baseTimestamp is not null);
            bool newField = (int)slot < EnvelopeLayout.Patchable && patch.Touches(slot);
            bool leftOut = reader.Number >= below;
            if (!newBase && !newField && !leftOut)
            {
                reader.Skip();
                continue;
            }

            writer.Slice(message[copied..reader.FieldStart]);
            if (newBase)
            {
                BasePatch.Write(writer, envelope, reader.FieldStart, reader.ReadBytes(), patch.MsgId, baseTimestamp);
            }
            else
            {
                reader.Skip();
                if (newField && !leftOut && reader.FieldStart == envelope.LastAt(slot))
                {
                    WriteField(writer, reader.Number, slot, patch);
                }
            }

            copied = reader.Position;
        }

        writer.Slice(message[copied..]);
        for (Slot slot = 0; (int)slot < EnvelopeLayout.Patchable; slot++)
        {
            int number = EnvelopeLayout.NumberOf(layout, slot);
            if (number != 0 && patch.Touches(slot) && envelope.LastAt(slot) < 0)
            {
                WriteField(writer, number, slot, patch);
            }
        }
    }

    private static void WriteField(PieceWriter writer, int number, Slot slot, EnvelopePatch patch)
    {
        if (patch.TextOf(slot) is { Length: > 0 } text)
        {
            writer.Text(number, text);
        }
        else if (patch.NumberOf(slot) is { } id and not 0)
        {
            writer.Number(number, (ulong)id);
        }
    }
}
