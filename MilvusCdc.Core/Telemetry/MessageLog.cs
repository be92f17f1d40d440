using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Timeline;

namespace MilvusCdc.Core.Telemetry;

/// <summary>
/// Writes a log line for rows that were replicated: for the first few only, or for all while it is forced (the Go tool's maintenance commands). Names, counts and
/// timestamps; never what is in the rows.
/// </summary>
public sealed partial class MessageLog(TimeProvider time, ILogger<MessageLog> logger)
{
    private readonly Lock _lock = new();
    private long _left = 5;
    private DateTimeOffset _until = time.GetUtcNow() + TimeSpan.FromMinutes(5);

    /// <summary>Whether everything is logged. Default false.</summary>
    public bool Force { get; set; }

    /// <summary>Logs the next <paramref name="count"/> groups of rows that come within <paramref name="minutes"/>.</summary>
    public void Reset(long count, long minutes)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            _left = count;
            _until = now + TimeSpan.FromMinutes(Math.Clamp(minutes, 0, 1_000_000));
        }
    }

    internal void Note(RowGroup group, Route route)
    {
        if (Force || Take())
        {
            LogRows(logger, group.Kind.ToString(), group.Rows, group.SourceChannel, group.Shard, route.Collection.Database, route.Collection.Name, group.First, group.Last);
        }
    }

    private bool Take()
    {
        if (Volatile.Read(ref _left) <= 0)
        {
            return false;
        }

        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            return now < _until && _left-- > 0;
        }
    }

    [LoggerMessage(130, LogLevel.Information, "{Kind} of {Rows} rows from channel {Channel}, shard {Shard}, is on the target as {Database}.{Collection}: timestamps {First} to {Last}")]
    private static partial void LogRows(ILogger logger, string kind, long rows, string channel, string shard, string database, string collection, ulong first, ulong last);
}
