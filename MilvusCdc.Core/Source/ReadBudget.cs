namespace MilvusCdc.Core.Source;

/// <summary>
/// What the tasks of this process may hold of the source's log together, shared evenly by those that run: a task whose target stalls keeps its own share and never has that of another. A task that held
/// more when others came goes down to its share as it moves, or with its next attempt.
/// </summary>
internal sealed class ReadBudget(SourceReaderOptions options)
{
    // More makes nothing faster.
    private const long MostReadAhead = 64L << 20;
    private const long LeastReadAhead = 1L << 20;

    private int _readers;

    /// <summary>Bytes that one task may hold now.</summary>
    public long OfOneTask => Math.Min(options.BudgetBytes, options.ProcessBudgetBytes / Math.Max(1, Volatile.Read(ref _readers)));

    /// <summary>The part of them that the log's client may read ahead; a quarter.</summary>
    public long ReadAhead => Math.Clamp(OfOneTask / 4, LeastReadAhead, MostReadAhead);

    /// <summary>The part of them from which on a round waits until those before it are committed; a quarter.</summary>
    public long OnTheWay => OfOneTask / 4;

    /// <summary>A task begins to read; it ends with the answer's disposal.</summary>
    public IDisposable Enter()
    {
        Interlocked.Increment(ref _readers);
        return new Reader(this);
    }

    private sealed class Reader(ReadBudget budget) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Interlocked.Decrement(ref budget._readers);
            }
        }
    }
}
