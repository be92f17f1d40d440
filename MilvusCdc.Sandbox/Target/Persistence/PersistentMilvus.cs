
namespace MilvusCdc.Sandbox.Target.Persistence;

/// <summary>A stand-in that is after a restart of its process what it was before: it does its journal's calls once more, at their time. Whether it was flushed is not kept.</summary>
internal sealed class PersistentMilvus : IDisposable
{
    private static readonly string[] Questions =
        ["Get", "Describe", "Show", "List", "Has", "Query", "Search", "Connect", "Check", "Alloc", "Select", "Flush"];

    private readonly ChangeJournal _journal;
    private readonly SettableClock _clock;
    private readonly SemaphoreSlim _oneChange = new(1, 1);

    private PersistentMilvus(StandInMilvus milvus, ChangeJournal journal, SettableClock clock)
    {
        Milvus = milvus;
        _journal = journal;
        _clock = clock;
    }

    public StandInMilvus Milvus { get; }

    /// <summary>Opens the file and does what it holds.</summary>
    /// <exception cref="IOException">It cannot be opened, or another process has it.</exception>
    public static async Task<PersistentMilvus> OpenAsync(string path, StandInOptions options, TimeProvider time, CancellationToken cancellation)
    {
        (ChangeJournal journal, IReadOnlyList<JournalEntry> entries) = ChangeJournal.Open(path);
        try
        {
            SettableClock clock = new(time);
            StandInMilvus milvus = new(options, clock);
            foreach (JournalEntry entry in entries)
            {
                clock.Set(DateTimeOffset.FromUnixTimeMilliseconds(entry.Milliseconds));
                milvus.Instance.LastId = entry.LastId;
                await milvus.HandleAsync(entry.Method, entry.Request, entry.Metadata, cancellation);
            }

            clock.Set(null);
            return new PersistentMilvus(milvus, journal, clock);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="StandInMilvus.HandleAsync"/>. Changes come one after the other, in the order of the journal.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> HandleAsync(
        string method, ReadOnlyMemory<byte> request, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        string name = method[(method.LastIndexOf('/') + 1)..];
        if (Questions.Any(word => name.StartsWith(word, StringComparison.Ordinal)))
        {
            return await Milvus.HandleAsync(method, request, metadata, cancellation);
        }

        await _oneChange.WaitAsync(cancellation);
        try
        {
            JournalEntry entry = new(_clock.GetUtcNow().ToUnixTimeMilliseconds(), Milvus.Instance.LastId, name, metadata, request.ToArray());
            ReadOnlyMemory<byte> response = await Milvus.HandleAsync(method, request, metadata, cancellation);
            _journal.Append(entry);
            return response;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    public void Dispose()
    {
        _journal.Dispose();
        _oneChange.Dispose();
    }

    /// <summary>A clock that stands at a journal's entry while it is done, and goes on as the real one afterwards.</summary>
    private sealed class SettableClock(TimeProvider time) : TimeProvider
    {
        private DateTimeOffset? _at;

        public void Set(DateTimeOffset? at) => _at = at;

        public override DateTimeOffset GetUtcNow() => _at ?? time.GetUtcNow();

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }
}
