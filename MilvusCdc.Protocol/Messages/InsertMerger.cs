using System.Buffers;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Messages;

/// <summary>
/// Makes one Insert of several of the same shard and partition: a target pays per message, not per byte (<c>target-behaviour.md</c> §12). Values are put one behind the other, column by column,
/// by reference; row timestamps and row ids stay each row's own. The same messages always give the same bytes, so that a group that is sent again is recognised by the target.
/// </summary>
public static class InsertMerger
{
    /// <summary>Joins the messages in their order.</summary>
    /// <param name="inserts">Messages in log order. The outside (names, segment, base) is the first's; its msgID is kept, its base timestamp becomes the largest row timestamp (targets use the rows').</param>
    /// <param name="patch">What to put into the outside.</param>
    /// <param name="merged">The one message. The buffers of all must stay unchanged while it is in use.</param>
    /// <returns>False when they cannot be joined exactly, and must be sent one by one: another shard, partition or set of columns, another type, dimension or name of a column,
    /// counts that disagree, rows in the old format, fields that this version does not know.</returns>
    public static bool TryMerge(IReadOnlyList<Envelope> inserts, EnvelopePatch patch, out ReadOnlySequence<byte> merged)
    {
        ArgumentNullException.ThrowIfNull(inserts);
        ArgumentNullException.ThrowIfNull(patch);
        merged = default;
        if (inserts.Count == 0)
        {
            return false;
        }

        try
        {
            using InsertView first = InsertView.Read(inserts[0]);
            int cells = inserts.Count * first.ColumnCount;
            ColumnView[] columns = ArrayPool<ColumnView>.Shared.Rent(first.ColumnCount);
            ColumnSlice[] values = ArrayPool<ColumnSlice>.Shared.Rent(cells);
            RowSlice[] rows = ArrayPool<RowSlice>.Shared.Rent(inserts.Count);
            try
            {
                Span<ColumnView> sums = columns.AsSpan(0, first.ColumnCount);
                if (!Gather(inserts, first, sums, values.AsSpan(0, cells), rows.AsSpan(0, inserts.Count), out ulong newest))
                {
                    return false;
                }

                merged = new InsertAssembler
                {
                    Head = inserts[0],
                    Patch = patch,
                    BaseTimestamp = newest,
                    Columns = sums,
                    Rows = rows.AsSpan(0, inserts.Count),
                    Values = values.AsSpan(0, cells),
                }.Assemble();
                return true;
            }
            finally
            {
                // The row slices refer to message buffers: cleared, else the pool would keep these alive.
                ArrayPool<RowSlice>.Shared.Return(rows, clearArray: true);
                ArrayPool<ColumnSlice>.Shared.Return(values);
                ArrayPool<ColumnView>.Shared.Return(columns);
            }
        }
        catch (MalformedMessageException)
        {
            // Sent one by one, the damaged one is found and named by EnvelopeCheck.
            return false;
        }
    }

    private static bool Gather(
        IReadOnlyList<Envelope> inserts, in InsertView first, Span<ColumnView> sums, Span<ColumnSlice> values, Span<RowSlice> rows, out ulong newest)
    {
        newest = 0;
        long total = 0;
        for (int i = 0; i < inserts.Count; i++)
        {
            Envelope insert = inserts[i];
            if (insert.Type != MsgType.Insert || !insert.IsPlain || !insert.GoesWith(inserts[0]) || insert.RowCount == 0)
            {
                return false;
            }

            using InsertView view = InsertView.Read(insert);
            if (!view.IsPlain || view.ColumnCount != sums.Length || InsertCheck.Verify(insert, view, expected: null) is not null)
            {
                return false;
            }

            for (int c = 0; c < sums.Length; c++)
            {
                int at = view.Find(first.Columns[c].FieldId);
                if (at < 0 || !view.Columns[at].Continues(insert.Bytes.Span, first.Columns[c], inserts[0].Bytes.Span))
                {
                    return false;
                }

                ref readonly ColumnView column = ref view.Columns[at];
                Sum(ref sums[c], column, isFirst: i == 0);
                values[(i * sums.Length) + c] = new ColumnSlice(column.Data, column.Valid);
            }

            rows[i] = new RowSlice(insert.Bytes, insert.RowCount, view.Timestamps.Data, view.RowIds.Data);
            total += insert.RowCount;
            newest = Math.Max(newest, insert.MaxTimestamp);
        }

        return AreAllFullOrAllCompact(sums, total);
    }

    private static void Sum(ref ColumnView sum, in ColumnView column, bool isFirst)
    {
        if (isFirst)
        {
            sum = column;
            return;
        }

        sum.Values += column.Values;
        sum.ValidFlags += column.ValidFlags;
        sum.ValidTrue += column.ValidTrue;
        sum.Dimension = Math.Max(sum.Dimension, column.Dimension);
    }

    // A nullable column may come full in one message and with its valid rows only in another: one behind the other they could not be told apart.
    private static bool AreAllFullOrAllCompact(ReadOnlySpan<ColumnView> sums, long total)
    {
        foreach (ref readonly ColumnView sum in sums)
        {
            if (sum.Rows != total && sum.Rows != sum.ValidTrue)
            {
                return false;
            }
        }

        return true;
    }
}
