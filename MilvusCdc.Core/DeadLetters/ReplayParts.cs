using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Core.Target;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>
/// What of a letter is sent again, and with which timestamps. Rows keep theirs: a target takes rows that are older than its tick and shows them at the next one. Deletes do not: a target passes over a
/// delete that is not newer than one which it has applied, so they are moved right above the frontier (target-behaviour.md 0.B, §1 and §3).
/// </summary>
internal static class ReplayParts
{
    /// <summary>The elements, in order; none when the source has deleted all rows since.</summary>
    /// <param name="message">The letter's message.</param>
    /// <param name="changes">What the source did since; null: nobody looked.</param>
    /// <param name="primaryKey">Field id of the primary key.</param>
    /// <param name="frontier">What the target has reached.</param>
    /// <param name="patch">The letter's place on the target.</param>
    public static IReadOnlyList<ReadOnlySequence<byte>> Of(Envelope message, LaterChanges? changes, long primaryKey, ulong frontier, EnvelopePatch patch) =>
        message.Type == MsgType.Insert ? Insert(message, changes, primaryKey, patch) : [Delete(message, changes, primaryKey, frontier, patch)];

    private static List<ReadOnlySequence<byte>> Insert(Envelope insert, LaterChanges? changes, long primaryKey, EnvelopePatch patch)
    {
        List<(long From, long To)> kept = changes is null ? [(0, insert.RowCount)] : Kept(insert, changes, primaryKey);
        if (kept is [(0, var all)] && all == insert.RowCount)
        {
            return [EnvelopePatcher.Patch(insert, patch)];
        }

        if (kept.Count > 0 && !RowCutter.CanCut(insert))
        {
            throw new ReplayRefusedException("the source has deleted some of its rows since, and this message cannot be taken apart: skip the letter, or insert the other rows at the source again");
        }

        // The first part keeps the message's id; all of them are sent as one where they can be.
        List<Envelope> parts = kept.ConvertAll(run => Envelope.Scan(RowCutter.Cut(insert, run.From, run.To, insert.MsgId).ToArray()));
        return parts.Count == 0 ? [] : InsertMerger.TryMerge(parts, patch, out ReadOnlySequence<byte> merged) ? [merged]
            : throw new ReplayRefusedException("the source has deleted some of its rows since, and the others cannot be put together again: skip the letter, or insert the other rows at the source again");
    }

    private static List<(long From, long To)> Kept(Envelope insert, LaterChanges changes, long primaryKey)
    {
        IReadOnlyList<object> keys = LaterChanges.KeysOf(insert, primaryKey);
        IReadOnlyList<ulong> timestamps = LaterChanges.TimestampsOf(insert);
        if (keys.Count != insert.RowCount || timestamps.Count != insert.RowCount)
        {
            throw new ReplayRefusedException("its primary keys cannot be read, so nobody can tell which of its rows the source has deleted since: skip the letter");
        }

        List<(long From, long To)> kept = [];
        for (int row = 0; row < keys.Count; row++)
        {
            if (changes.IsDeleted(keys[row], timestamps[row]))
            {
                continue;
            }

            if (kept.Count > 0 && kept[^1].To == row)
            {
                kept[^1] = (kept[^1].From, row + 1);
            }
            else
            {
                kept.Add((row, row + 1));
            }
        }

        return kept;
    }

    private static ReadOnlySequence<byte> Delete(Envelope delete, LaterChanges? changes, long primaryKey, ulong frontier, EnvelopePatch patch)
    {
        int again = changes is null ? 0 : LaterChanges.KeysOf(delete, primaryKey).Count(changes.IsInserted);
        if (again > 0)
        {
            throw new ReplayRefusedException(
                $"{again} of its {delete.RowCount} keys were inserted again since, and a late delete would take the new rows too: skip the letter, or delete the old rows at the source again");
        }

        DeleteRequest moved = DeleteRequest.Parser.ParseFrom(EnvelopePatcher.Patch(delete, patch));
        for (int row = 0; row < moved.Timestamps.Count; row++)
        {
            moved.Timestamps[row] = frontier + 1;
        }

        moved.Base.Timestamp = frontier + 1;
        return new ReadOnlySequence<byte>(moved.ToByteArray());
    }
}
