using System.Buffers;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>
/// Sends letters again when people want it: between two rounds, when everything up to the frontier is on the target and nothing is on its way. No tick passes between a letter's sending and its
/// removal, so after a crash in between it is sent again with the same bytes, which the target drops.
/// </summary>
internal sealed class LetterReplay(DeadLetterDesk desk, TaskRun run, Router router, TargetSession session, Func<ISourceLog> openLog, TimeProvider time)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>Whether a person wants something.</summary>
    public bool IsWanted => desk.IsReplayWanted;

    /// <summary>Sends all letters that are wanted and that the frontier has passed.</summary>
    public async Task RunAsync(ulong frontier, CancellationToken cancellation)
    {
        long wish = desk.KnownWish;
        bool left = false;
        foreach (DeadLetter letter in (await desk.Shelf.ListAsync(cancellation)).Where(static letter => letter.State is not LetterState.Waiting))
        {
            if (letter.LastTimestamp > frontier)
            {
                left = true;
            }
            else
            {
                await ReplayAsync(letter, frontier, cancellation);
            }
        }

        if (!left)
        {
            desk.WishesMet(wish);
        }
    }

    private async Task ReplayAsync(DeadLetter letter, ulong frontier, CancellationToken cancellation)
    {
        LetterId id = LetterId.Parse(letter.Id)!.Value;
        DeadLetter sending = letter with { State = LetterState.Replaying };
        if (!await desk.Shelf.TryChangeAsync(id, sending, cancellation))
        {
            // Skipped or changed at this moment; a change that wants a replay is a wish of its own.
            return;
        }

        try
        {
            (long rows, long deleted) = await SendAsync(id, letter, frontier, cancellation);
            string without = deleted > 0 ? $"; {deleted} rows were left out because the source has deleted them since" : "";
            await desk.Shelf.RemoveAsync(
                id, letter.RequestedBy ?? "unknown", $"letter '{letter.Id}' was sent again: {rows} rows at frontier {frontier}{(letter.Unchecked ? ", unchecked" : "")}{without}", cancellation);
            desk.Forget(id);
            run.Progress.Notice("dead letters replayed");
        }
        catch (ReplayRefusedException refused)
        {
            await PutBackAsync(id, refused.Message, cancellation);
        }
        catch (RefusedMessageException refused)
        {
            await PutBackAsync(id, $"the target refuses it again ({refused.Answer})", cancellation);
        }
    }

    private async Task PutBackAsync(LetterId id, string words, CancellationToken cancellation)
    {
        DeadLetter? letter = (await desk.Shelf.ListAsync(cancellation)).FirstOrDefault(letter => letter.Id == id.ToString());
        if (letter is not null)
        {
            await desk.Shelf.TryChangeAsync(id, letter with { State = LetterState.Waiting, ReplayRefused = words }, cancellation);
        }
    }

    private async Task<(long Rows, long Deleted)> SendAsync(LetterId id, DeadLetter letter, ulong frontier, CancellationToken cancellation)
    {
        (Envelope message, Route route) = await PlaceAsync(id, cancellation);
        long primaryKey = run.Catalog.Collection(message.CollectionId)?.Fields.FirstOrDefault(static field => field.IsPrimaryKey)?.FieldID
            ?? throw new ReplayRefusedException("the source no longer knows its collection: skip the letter");
        LaterChanges? changes = letter.Unchecked ? null : await LookAsync(id, message, primaryKey, frontier, cancellation);
        ChannelLane lane = session.Lane(run.Task.Id, route.PChannel);
        long rows = 0;
        foreach (ReadOnlySequence<byte> element in ReplayParts.Of(message, changes, primaryKey, frontier, route.Patch))
        {
            Envelope sent = Envelope.Scan(element.ToArray());
            await lane.Send(element, sent.MinTimestamp, sent.MaxTimestamp).WaitAsync(cancellation);
            rows += sent.RowCount;
        }

        if (run.Progress.Collections.TryGetValue(message.CollectionId, out CollectionProgress? shown))
        {
            shown.Count(message.Type == MsgType.Insert ? rows : 0, message.Type == MsgType.Delete ? rows : 0);
        }

        return (rows, message.RowCount - rows);
    }

    private async Task<(Envelope Message, Route Route)> PlaceAsync(LetterId id, CancellationToken cancellation)
    {
        Envelope message;
        try
        {
            message = Envelope.Scan(await desk.Shelf.ReadBytesAsync(id, cancellation));
        }
        catch (MalformedMessageException wrong)
        {
            throw new ReplayRefusedException($"it cannot be read ({wrong.Message.TrimEnd('.')}): skip the letter");
        }

        if (message.Type is not (MsgType.Insert or MsgType.Delete))
        {
            throw new ReplayRefusedException($"a message of type {message.Type} cannot be sent again by itself: skip the letter");
        }

        var group = new RowGroup(id.Channel, message.CollectionId, message.PartitionId, message.ShardName, message.Type);
        group.TryAdd(new LogEntry(id.Position, message, null, 0));
        try
        {
            Route route = router.Find(group, run.Catalog) ?? throw new ReplayRefusedException("its collection or partition is no longer on the target: skip the letter");
            return router.Defect(message, group, run.Catalog) is { } defect
                ? throw new ReplayRefusedException($"it would harm the target ({defect.TrimEnd('.')}): skip the letter")
                : (message, route);
        }
        catch (GroupRefusedException refused)
        {
            throw new ReplayRefusedException($"{refused.Message}: skip the letter");
        }
    }

    private async Task<LaterChanges> LookAsync(LetterId id, Envelope message, long primaryKey, ulong frontier, CancellationToken cancellation)
    {
        try
        {
            await using ISourceLog log = openLog();
            return await LaterChanges.ReadAsync(log, (message, id.Position), id.Channel, primaryKey, frontier, Silence, time, cancellation);
        }
        catch (Exception away) when (away is SourceLogException or TimeoutException)
        {
            throw new ReplayRefusedException(
                $"nobody can tell what the source did to its rows since ({away.Message.TrimEnd('.')}): try it again, or replay it unchecked when none of its rows was deleted or changed since");
        }
    }
}
