namespace MilvusCdc.Protocol.Messages;

/// <summary>Writes a base (MsgBase) with another msgID or timestamp; everything else inside it stays as it is.</summary>
internal static class BasePatch
{
    private const int MsgIdField = 2;
    private const int TimestampField = 3;

    /// <summary>Writes one occurrence of the base, tag and length included. When there are several, the new msgID goes where the one that counted was (else to the end of the last).</summary>
    public static void Write(PieceWriter writer, Envelope envelope, int fieldStart, ByteSpan within, long? msgId, ulong? timestamp)
    {
        ReadOnlyMemory<byte> message = envelope.Bytes;
        bool last = fieldStart == envelope.BaseAt;
        bool appendsMsgId = msgId is not null and not 0 && last && envelope.MsgIdAt == 0;

        // First the new length, since it stands in front.
        long length = within.Length;
        bool foundTimestamp = false;
        WireReader sizes = new(message.Span, within, "base");
        while (sizes.TryReadTag())
        {
            sizes.Skip();
            int old = sizes.Position - sizes.FieldStart;
            if (sizes.Number == MsgIdField && msgId is { } id)
            {
                length += (sizes.FieldStart == envelope.MsgIdAt ? SizeOf(MsgIdField, (ulong)id) : 0) - old;
            }
            else if (sizes.Number == TimestampField && timestamp is { } time)
            {
                length += SizeOf(TimestampField, time) - old;
                foundTimestamp = true;
            }
        }

        bool appendsTimestamp = timestamp is not null and not 0 && !foundTimestamp;
        length += appendsMsgId ? SizeOf(MsgIdField, (ulong)msgId!.Value) : 0;
        length += appendsTimestamp ? SizeOf(TimestampField, timestamp!.Value) : 0;

        writer.BytesHead(1, length);
        int copied = within.Start;
        WireReader reader = new(message.Span, within, "base");
        while (reader.TryReadTag())
        {
            reader.Skip();
            bool isMsgId = reader.Number == MsgIdField && msgId is not null;
            bool isTimestamp = reader.Number == TimestampField && timestamp is not null;
            if (!isMsgId && !isTimestamp)
            {
                continue;
            }

            writer.Slice(message[copied..reader.FieldStart]);
            copied = reader.Position;
            if (isTimestamp)
            {
                WriteUnlessZero(writer, TimestampField, timestamp!.Value);
            }
            else if (reader.FieldStart == envelope.MsgIdAt)
            {
                WriteUnlessZero(writer, MsgIdField, (ulong)msgId!.Value);
            }
        }

        writer.Slice(message[copied..within.End]);
        if (appendsMsgId)
        {
            writer.Number(MsgIdField, (ulong)msgId!.Value);
        }

        if (appendsTimestamp)
        {
            writer.Number(TimestampField, timestamp!.Value);
        }
    }

    private static int SizeOf(int field, ulong value) => value == 0 ? 0 : PieceWriter.SizeOfNumber(field, value);

    private static void WriteUnlessZero(PieceWriter writer, int field, ulong value)
    {
        if (value != 0)
        {
            writer.Number(field, value);
        }
    }
}
