using System.Buffers;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Messages;

/// <summary>Takes some rows out of an Insert or Delete, as a message of their own. The same rows of the same message always give the same bytes.</summary>
public static class RowCutter
{
    /// <summary>Whether a message has more than one row and can be taken apart exactly: its counts agree and it has no field that this version does not know.</summary>
    public static bool CanCut(Envelope message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.RowCount < 2 || EnvelopeCheck.Verify(message) is not null)
        {
            return false;
        }

        switch (message.Type)
        {
            case MsgType.Insert:
                using (InsertView insert = InsertView.Read(message))
                {
                    return insert.IsPlain;
                }

            case MsgType.Delete:
                return DeleteView.Read(message).IsPlain;
            default:
                return false;
        }
    }

    /// <summary>The rows from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive), under the message's own outside with another msgID.</summary>
    /// <param name="message">A message that <see cref="CanCut"/> allows.</param>
    /// <param name="from">0 or more.</param>
    /// <param name="to">At most the message's rows.</param>
    /// <param name="msgId">Must follow from the log alone, and differ from every other part's: a target drops messages whose msgID it has seen.</param>
    /// <param name="patch">What else to put into the outside.</param>
    /// <exception cref="NotSupportedException">The message cannot be taken apart.</exception>
    /// <exception cref="MalformedMessageException">The message cannot be walked.</exception>
    public static ReadOnlySequence<byte> Cut(Envelope message, long from, long to, long msgId, EnvelopePatch? patch = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, message.RowCount);
        if (!CanCut(message))
        {
            throw new NotSupportedException($"A {message.Type} of {message.RowCount} rows for {message.ShardName} cannot be cut by rows.");
        }

        EnvelopePatch outside = (patch ?? EnvelopePatch.None) with { MsgId = msgId };
        return message.Type == MsgType.Insert ? CutInsert(message, from, to, outside) : CutDelete(message, from, to, outside);
    }

    private static ReadOnlySequence<byte> CutInsert(Envelope insert, long from, long to, EnvelopePatch patch)
    {
        ReadOnlySpan<byte> message = insert.Bytes.Span;
        using InsertView view = InsertView.Read(insert);
        var values = new ColumnSlice[view.ColumnCount];
        for (int c = 0; c < values.Length; c++)
        {
            ColumnCutter column = new(view.Columns[c], insert.RowCount);
            column.Take(message, from);
            values[c] = column.Take(message, to - from);
        }

        RowSlice rows = new(insert.Bytes, to - from, Numbers(message, view.Timestamps.Data, from, to), Numbers(message, view.RowIds.Data, from, to));
        return new InsertAssembler
        {
            Head = insert,
            Patch = patch,
            Columns = view.Columns,
            Rows = new ReadOnlySpan<RowSlice>(in rows),
            Values = values,
        }.Assemble();
    }

    private static ReadOnlySequence<byte> CutDelete(Envelope delete, long from, long to, EnvelopePatch patch)
    {
        ReadOnlySpan<byte> message = delete.Bytes.Span;
        DeleteView view = DeleteView.Read(delete);
        bool packed = view.KeyArm == 1;
        ByteSpan keys = packed ? Numbers(message, view.KeyData, from, to) : Elements(message, view.KeyData, from, to);
        ByteSpan timestamps = Numbers(message, view.Timestamps.Data, from, to);

        PieceWriter writer = new(1024);
        EnvelopePatcher.WriteHead(writer, delete, patch, baseTimestamp: null, below: 9);
        writer.BytesHead(10, timestamps.Length);
        writer.Slice(timestamps.Of(delete.Bytes));
        writer.Number(11, (ulong)(to - from));

        // As DeleteMerger writes them: int_id is one packed run, str_id the texts with their tags.
        long array = packed ? PieceWriter.SizeOfBytes(1, keys.Length) : keys.Length;
        writer.BytesHead(12, PieceWriter.SizeOfBytes(view.KeyArm, array));
        writer.BytesHead(view.KeyArm, array);
        if (packed)
        {
            writer.BytesHead(1, keys.Length);
        }

        writer.Slice(keys.Of(delete.Bytes));
        return writer.ToSequence();
    }

    private static ByteSpan Numbers(ReadOnlySpan<byte> message, ByteSpan all, long from, long to)
    {
        int start = PackedNumbers.Skip(all.Of(message), from);
        ByteSpan rest = new(all.Start + start, all.Length - start);
        return rest with { Length = PackedNumbers.Skip(rest.Of(message), to - from) };
    }

    private static ByteSpan Elements(ReadOnlySpan<byte> message, ByteSpan all, long from, long to)
    {
        WireReader reader = new(message, all, "keys");
        Skip(ref reader, from);
        int start = reader.Position;
        Skip(ref reader, to - from);
        return new ByteSpan(start, reader.Position - start);
    }

    private static void Skip(ref WireReader reader, long elements)
    {
        for (; elements > 0; elements--)
        {
            reader.TryReadTag();
            reader.Skip();
        }
    }
}
