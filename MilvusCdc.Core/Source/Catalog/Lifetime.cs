namespace MilvusCdc.Core.Source.Catalog;

/// <summary>How far a record's own state field says it is.</summary>
internal enum LifeState
{
    Live,
    Creating,
    Dropping,
}

/// <summary>From when to when a thing existed, and what it was in between. The first point is at <paramref name="CreatedAt"/>.</summary>
internal sealed record Lifetime<T>(ulong CreatedAt, ulong? DroppedAt, IReadOnlyList<(ulong Timestamp, T Value)> Points)
    where T : class
{
    /// <summary>
    /// Reads the life of a thing whose id is never used twice; null when it never existed (still or only Creating) or nothing but its tombstone is left.
    /// <paramref name="createdAt"/> gives the creation time out of the oldest record and that record's timestamp: older dated copies may have been trimmed.
    /// </summary>
    internal static Lifetime<T>? Read(IEnumerable<(ulong Timestamp, T? Value)> versions, Func<T, LifeState> state, Func<T, ulong, ulong> createdAt)
    {
        List<(ulong Timestamp, T Value)> points = [];
        ulong? droppedAt = null;
        bool unfinished = false;
        foreach ((ulong timestamp, T? value) in versions)
        {
            LifeState now = value is null ? LifeState.Dropping : state(value);
            if (now == LifeState.Creating)
            {
                unfinished = true;
                continue;
            }

            if (now == LifeState.Live)
            {
                points.Add((timestamp, value!));
                continue;
            }

            if (points.Count == 0)
            {
                if (unfinished || value is null)
                {
                    return null;
                }

                // All that is left of a long life is its end.
                points.Add((timestamp, value));
            }

            droppedAt = timestamp;
            break;
        }

        if (points.Count == 0)
        {
            return null;
        }

        ulong created = createdAt(points[0].Value, points[0].Timestamp);
        points[0] = (created, points[0].Value);
        return new(created, droppedAt is { } dropped ? Math.Max(dropped, created + 1) : null, points);
    }

    /// <summary>What it was at a timestamp; before its creation the first, after its end the last.</summary>
    internal static T At(IReadOnlyList<(ulong Timestamp, T Value)> points, ulong timestamp)
    {
        for (int i = points.Count - 1; i > 0; i--)
        {
            if (points[i].Timestamp <= timestamp)
            {
                return points[i].Value;
            }
        }

        return points[0].Value;
    }
}
