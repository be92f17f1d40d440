using System.Buffers;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Messages;

/// <summary>Makes one Delete of several of the same shard and partition, each key with its own row timestamp; see <see cref="InsertMerger"/>.</summary>
public static class DeleteMerger
{
    /// <summary>Joins the messages in their order.</summary>
    /// <param name="deletes">Messages in log order. The outside is the first's; its msgID is kept, its base timestamp becomes the largest row timestamp.</param>
    /// <param name="patch">What to put into the outside.</param>
    /// <param name="merged">The one message. The buffers of all must stay unchanged while it is in use.</param>
    /// <returns>False when they cannot be joined exactly, and must be sent one by one: another shard or partition, another kind of key, keys in the old place, a segment id,
    /// counts that disagree, fields that this version does not know.</returns>
    public static bool TryMerge(IReadOnlyList<Envelope> deletes, EnvelopePatch patch, out ReadOnlySequence<byte> merged)
    {
        ArgumentNullException.ThrowIfNull(deletes);
        ArgumentNullException.ThrowIfNull(patch);
        merged = default;
        if (deletes.Count == 0)
        {
            return false;
        }

        DeleteView[] views = ArrayPool<DeleteView>.Shared.Rent(deletes.Count);
        try
        {
            Span<DeleteView> used = views.AsSpan(0, deletes.Count);
            if (!Gather(deletes, used))
            {
                return false;
            }

            merged = Write(deletes, patch, used);
            return true;
        }
        catch (MalformedMessageException)
        {
            // Sent one by one, the damaged one is found and named by EnvelopeCheck.
            return false;
        }
        finally
        {
            ArrayPool<DeleteView>.Shared.Return(views);
        }
    }

    private static bool Gather(IReadOnlyList<Envelope> deletes, Span<DeleteView> views)
    {
        for (int i = 0; i < deletes.Count; i++)
        {
            Envelope delete = deletes[i];
            if (delete.Type != MsgType.Delete || !delete.IsPlain || !delete.GoesWith(deletes[0]) || delete.RowCount == 0 || DeleteCheck.Verify(delete) is not null)
            {
                return false;
            }

            views[i] = DeleteView.Read(delete);
            if (!views[i].IsPlain || views[i].KeyArm != views[0].KeyArm)
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySequence<byte> Write(IReadOnlyList<Envelope> deletes, EnvelopePatch patch, ReadOnlySpan<DeleteView> views)
    {
        long rows = 0;
        long timestamps = 0;
        long keys = 0;
        ulong newest = 0;
        for (int i = 0; i < views.Length; i++)
        {
            rows += deletes[i].RowCount;
            timestamps += views[i].Timestamps.Data.Length;
            keys += views[i].KeyData.Length;
            newest = Math.Max(newest, deletes[i].MaxTimestamp);
        }

        PieceWriter writer = new(1024);
        EnvelopePatcher.WriteHead(writer, deletes[0], patch, newest, below: 9);
        writer.BytesHead(10, timestamps);
        for (int i = 0; i < views.Length; i++)
        {
            writer.Slice(views[i].Timestamps.Data.Of(deletes[i].Bytes));
        }

        writer.Number(11, (ulong)rows);

        // int_id: one packed run in a LongArray; str_id: the texts of a StringArray, with their tags.
        bool packed = views[0].KeyArm == 1;
        long array = packed ? PieceWriter.SizeOfBytes(1, keys) : keys;
        writer.BytesHead(12, PieceWriter.SizeOfBytes(views[0].KeyArm, array));
        writer.BytesHead(views[0].KeyArm, array);
        if (packed)
        {
            writer.BytesHead(1, keys);
        }

        for (int i = 0; i < views.Length; i++)
        {
            writer.Slice(views[i].KeyData.Of(deletes[i].Bytes));
        }

        return writer.ToSequence();
    }
}
