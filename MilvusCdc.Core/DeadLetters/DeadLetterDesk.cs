using System.Collections.Concurrent;
using System.Globalization;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>
/// Decides for one run of a task what becomes of refused messages, and remembers what is sent in parts. Both are durable before the sender goes on: a message that was sent in another form before
/// a crash must be sent in that form again, else the target would drop too little or too much of the repeat.
/// </summary>
internal sealed class DeadLetterDesk(LetterShelf shelf, TaskRun run, DeadLetterOptions options, string logKind, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, int> _letters = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _cuts = new(StringComparer.Ordinal);

    // Messages, whatever their part, that a letter or a cut is about.
    private readonly ConcurrentDictionary<(string Channel, LogPosition Position), bool> _concerned = new();
    private readonly SemaphoreSlim _storing = new(1, 1);
    private ReplicationStoppedException? _blocked;
    private long _wish;
    private long _wishDone;

    /// <summary>What a run writes.</summary>
    public LetterShelf Shelf => shelf;

    /// <summary>Whether a person wants letters to be sent again.</summary>
    public bool IsReplayWanted => Volatile.Read(ref _wish) != Volatile.Read(ref _wishDone);

    /// <summary>Reads what earlier runs left, and forgets the cuts that the checkpoint has passed.</summary>
    public async Task LoadAsync(Checkpoint? checkpoint, CancellationToken cancellation)
    {
        await CountAsync(cancellation);
        var passed = new List<string>();
        foreach (string cut in await shelf.ListCutsAsync(cancellation))
        {
            if (LetterId.ParseKey(cut) is { } id && checkpoint?.Channels.TryGetValue(id.Channel, out ChannelCheckpoint? at) == true && id.Position < at.Position)
            {
                passed.Add(cut);
            }
            else
            {
                NoteCut(cut);
            }
        }

        await shelf.RemoveCutsAsync(passed, cancellation);
        if (await shelf.IsBlockingShownAsync(cancellation))
        {
            await shelf.ShowBlockingAsync(null, cancellation);
        }
    }

    /// <summary>Notes the store's revision of the last wish for a replay, as a checkpoint met it.</summary>
    public void Wish(long revision) => Volatile.Write(ref _wish, revision);

    /// <summary>All wishes are met that were known at <paramref name="wish"/>.</summary>
    public void WishesMet(long wish) => Volatile.Write(ref _wishDone, wish);

    /// <summary>The last wish that is known.</summary>
    public long KnownWish => Volatile.Read(ref _wish);

    /// <summary>Whether a message was set aside or cut before, so that it must not be sent as others are.</summary>
    public bool Concerns(string channel, IReadOnlyList<LogEntry> entries) => !_concerned.IsEmpty && entries.Any(entry => _concerned.ContainsKey((channel, entry.Position)));

    /// <summary>Whether exactly this was set aside before.</summary>
    public bool IsLetter(LetterId id) => _letters.ContainsKey(id.Key);

    /// <summary>Whether this is sent in parts.</summary>
    public bool IsCut(LetterId id) => _cuts.ContainsKey(id.Key);

    /// <summary>From now on this is sent in parts.</summary>
    public async Task CutAsync(LetterId id, CancellationToken cancellation)
    {
        await shelf.PutCutAsync(id.Key, cancellation);
        NoteCut(id.Key);
    }

    /// <summary>A letter is gone: it was sent again, or skipped.</summary>
    public void Forget(LetterId id) => _letters.TryRemove(id.Key, out _);

    /// <summary>Sets a refused part aside when the task's policy or a person allows it; returns when that is durable. Else blocks the task: throws <see cref="ReplicationStoppedException"/>.</summary>
    public async Task RefuseAsync(RefusedPart part, CancellationToken cancellation)
    {
        if (IsLetter(part.Id))
        {
            return;
        }

        await _storing.WaitAsync(cancellation);
        try
        {
            if (_blocked is not null)
            {
                // The run ends at the first one: the reason that people see and the message that they may permit are the same.
                throw _blocked;
            }

            string? by = run.Task.Policies.Refused is RefusedPolicy.SetAside ? "policy" : await shelf.PermitAsync(part.Id, cancellation);
            if (by is null)
            {
                throw await BlockAsync(
                    part,
                    $"{part.Cause}; nothing of it was sent. Resume the task to try it again, or permit that this one message is set aside (letter '{part.Id}') and then resume the task",
                    cancellation);
            }

            await MakeRoomAsync(part, cancellation);
            await shelf.PutAsync(part.Id, Describe(part, by), part.Bytes, cancellation);
            NoteLetter(part.Id, part.Bytes.Length);
            run.Progress.Notice("dead letters set aside");
        }
        finally
        {
            _storing.Release();
        }
    }

    private async Task MakeRoomAsync(RefusedPart part, CancellationToken cancellation)
    {
        if (HasRoom(part))
        {
            return;
        }

        // People may have skipped some since.
        await CountAsync(cancellation);
        if (!HasRoom(part))
        {
            throw await BlockAsync(
                part,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{part.Cause}; it would be set aside, but the task has {_letters.Count} dead letters of {_letters.Values.Sum(static size => (long)size)} bytes already, of {options.MaximumLetters} and {options.MaximumBytes} allowed. Replay or skip some, or raise Cdc:DeadLetters, and resume the task"),
                cancellation);
        }
    }

    private bool HasRoom(RefusedPart part) =>
        _letters.Count < options.MaximumLetters && _letters.Values.Sum(static size => (long)size) + part.Bytes.Length <= options.MaximumBytes;

    private async Task<ReplicationStoppedException> BlockAsync(RefusedPart part, string words, CancellationToken cancellation)
    {
        await shelf.ShowBlockingAsync(new BlockingMessage(part.Id.ToString(), part.Cause, time.GetUtcNow()), cancellation);
        return _blocked = new ReplicationStoppedException(TaskPhase.Blocked, $"channel '{part.Id.Channel}', position {part.Id.Position}: {part.What} cannot be replicated: {words}");
    }

    private async Task CountAsync(CancellationToken cancellation)
    {
        _letters.Clear();
        foreach (DeadLetter letter in await shelf.ListAsync(cancellation))
        {
            NoteLetter(LetterId.Parse(letter.Id)!.Value, letter.Bytes);
            if (letter.State is not LetterState.Waiting && !IsReplayWanted)
            {
                Wish(_wishDone + 1);
            }
        }
    }

    private void NoteLetter(LetterId id, int bytes)
    {
        _letters[id.Key] = bytes;
        _concerned[(id.Channel, id.Position)] = true;
    }

    private void NoteCut(string cut)
    {
        _cuts[cut] = true;
        if (LetterId.ParseKey(cut) is { } id)
        {
            _concerned[(id.Channel, id.Position)] = true;
        }
    }

    private DeadLetter Describe(RefusedPart part, string by)
    {
        bool hasIds = part.Envelope is { CollectionId: not 0 };
        return new DeadLetter
        {
            Id = part.Id.ToString(),
            Channel = part.Id.Channel,
            Position = part.Id.Position.ToString(),
            LogKind = logKind,
            Kind = part.Envelope is { } envelope ? (Enum.IsDefined(envelope.Type) ? envelope.Type.ToString() : $"type {(int)envelope.Type}") : "unreadable",
            Collection = hasIds ? NameOf(part.Envelope!.CollectionId, part.Envelope.MaxTimestamp) : null,
            CollectionId = hasIds ? part.Envelope!.CollectionId.ToString(CultureInfo.InvariantCulture) : null,
            PartitionId = part.Envelope?.Type is MsgType.Insert or MsgType.Delete ? part.Envelope.PartitionId.ToString(CultureInfo.InvariantCulture) : null,
            Shard = part.Envelope?.ShardName,
            Rows = part.To - part.From,
            FirstTimestamp = part.Envelope?.MinTimestamp ?? 0,
            LastTimestamp = part.Envelope?.MaxTimestamp ?? 0,
            Bytes = part.Bytes.Length,
            Cause = part.Cause,
            SetAsideAt = time.GetUtcNow(),
            SetAsideBy = by,
        };
    }

    private string? NameOf(long collectionId, ulong at)
    {
        CatalogHistory catalog = run.Catalog;
        return catalog.Collection(collectionId) is { } collection ? $"{catalog.DatabaseName(collection.DatabaseIdAt(at))}.{collection.NameAt(at)}" : null;
    }
}
