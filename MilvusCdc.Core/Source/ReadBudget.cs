namespace MilvusCdc.Core.Source;

/// <summary>What the tasks of this process may hold of the source's log together, shared evenly by those that run.</summary>
internal sealed class ReadBudget(SourceReaderOptions options)
{
    private int _readers;

    /// <summary>Bytes that one task may hold now.</summary>
    public long OfOneTask => Math.Min(options.BudgetBytes, options.ProcessBudgetBytes / Math.Max(1, Volatile.Read(ref _readers)));

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
