using System.Buffers;

namespace MilvusCdc.Protocol.Messages;

/// <summary>Cuts an Insert that is larger than a target's broker takes (10 MiB on Kafka, 5 MiB on Pulsar) into several with fewer rows each.</summary>
public static class MessageSplitter
{
    /// <summary>Cuts an Insert by rows, in order. The outside of every part is the message's own, but for its msgID: a target drops messages whose msgID it has seen.</summary>
    /// <param name="insert">The message.</param>
    /// <param name="maxBytes">The largest part allowed.</param>
    /// <param name="msgIdOfPart">The msgID of part 0, 1, …; must follow from the log alone, so that parts sent again are recognised.</param>
    /// <param name="patch">What else to put into the outside.</param>
    /// <exception cref="MalformedMessageException">The message's counts disagree or it cannot be walked.</exception>
    /// <exception cref="NotSupportedException">It has fields that this version does not know, or a single row is larger than <paramref name="maxBytes"/>.</exception>
    public static IReadOnlyList<ReadOnlySequence<byte>> SplitInsert(Envelope insert, long maxBytes, Func<int, long> msgIdOfPart, EnvelopePatch? patch = null)
    {
        ArgumentNullException.ThrowIfNull(insert);
        ArgumentNullException.ThrowIfNull(msgIdOfPart);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        patch ??= EnvelopePatch.None;
        ReadOnlySequence<byte> whole = EnvelopePatcher.Patch(insert, patch with { MsgId = msgIdOfPart(0) });
        if (whole.Length <= maxBytes)
        {
            return [whole];
        }

        if (EnvelopeCheck.Verify(insert) is { } reason)
        {
            throw new MalformedMessageException(reason);
        }

        using InsertView view = InsertView.Read(insert);
        if (!view.IsPlain)
        {
            throw new NotSupportedException($"An Insert of {insert.Bytes.Length} bytes for {insert.ShardName} is over {maxBytes} bytes and has fields unknown here, so it cannot be cut.");
        }

        for (long parts = (whole.Length / maxBytes) + 1; ; parts *= 2)
        {
            int count = (int)Math.Min(parts, insert.RowCount);
            if (TryCut(insert, view, count, maxBytes, msgIdOfPart, patch) is { } cut)
            {
                return cut;
            }

            if (count == insert.RowCount)
            {
                throw new NotSupportedException($"A single row of an Insert for {insert.ShardName} is over {maxBytes} bytes.");
            }
        }
    }

    private static List<ReadOnlySequence<byte>>? TryCut(Envelope insert, in InsertView view, int parts, long maxBytes, Func<int, long> msgIdOfPart, EnvelopePatch patch)
    {
        ReadOnlySpan<byte> message = insert.Bytes.Span;
        List<ReadOnlySequence<byte>> cut = new(parts);
        ColumnSlice[] values = new ColumnSlice[view.ColumnCount];
        ColumnCutter[] columns = new ColumnCutter[view.ColumnCount];
        for (int c = 0; c < columns.Length; c++)
        {
            columns[c] = new ColumnCutter(view.Columns[c], insert.RowCount);
        }

        ByteSpan timestamps = view.Timestamps.Data;
        ByteSpan rowIds = view.RowIds.Data;
        long from = 0;
        for (int part = 0; part < parts; part++)
        {
            long to = (long)((Int128)insert.RowCount * (part + 1) / parts);
            RowSlice rows = new(insert.Bytes, to - from, Take(message, ref timestamps, to - from), Take(message, ref rowIds, to - from));
            for (int c = 0; c < columns.Length; c++)
            {
                values[c] = columns[c].Take(message, to - from);
            }

            ReadOnlySequence<byte> written = new InsertAssembler
            {
                Head = insert,
                Patch = patch with { MsgId = msgIdOfPart(part) },
                Columns = view.Columns,
                Rows = new ReadOnlySpan<RowSlice>(in rows),
                Values = values,
            }.Assemble();
            if (written.Length > maxBytes)
            {
                return null;
            }

            cut.Add(written);
            from = to;
        }

        return cut;
    }

    private static ByteSpan Take(ReadOnlySpan<byte> message, ref ByteSpan left, long numbers)
    {
        ByteSpan taken = left with { Length = PackedNumbers.Skip(left.Of(message), numbers) };
        left = new ByteSpan(taken.End, left.Length - taken.Length);
        return taken;
    }
}
