namespace MilvusCdc.Protocol.Logs;

/// <summary>
/// Where a message lies in one channel's log. Kafka: ledger 0 and the offset as entry. Pulsar: ledger, entry and the index inside a batch (−1: the whole entry).
/// Positions of one channel are ordered; positions of different channels are not comparable in meaning.
/// </summary>
public readonly record struct LogPosition(long Ledger, long Entry, int Batch = -1) : IComparable<LogPosition>
{
    /// <summary>The position of a Kafka offset.</summary>
    public static LogPosition Kafka(long offset) => new(0, offset);

    /// <inheritdoc/>
    public int CompareTo(LogPosition other)
    {
        int byLedger = Ledger.CompareTo(other.Ledger);
        if (byLedger != 0)
        {
            return byLedger;
        }

        int byEntry = Entry.CompareTo(other.Entry);
        return byEntry != 0 ? byEntry : Batch.CompareTo(other.Batch);
    }

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/> in the log.</summary>
    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/> in the log.</summary>
    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not after <paramref name="right"/> in the log.</summary>
    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not before <paramref name="right"/> in the log.</summary>
    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => Ledger == 0 && Batch == -1 ? $"{Entry}" : $"{Ledger}:{Entry}:{Batch}";
}
