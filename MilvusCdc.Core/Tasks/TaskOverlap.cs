namespace MilvusCdc.Core.Tasks;

/// <summary>Two tasks must not write one collection of a target. These are the rules by which a new task is refused, or leaves out what others have.</summary>
public static class TaskOverlap
{
    /// <summary>Whether everything of <paramref name="narrow"/> belongs to <paramref name="wide"/> too.</summary>
    public static bool Covers(CollectionPattern wide, CollectionPattern narrow) => wide.Matches(narrow.Database, narrow.Collection);

    /// <summary>What <paramref name="wanted"/> clashes with among the tasks of the same target; null: nothing.</summary>
    public static CollectionPattern? Clash(CollectionPattern wanted, IReadOnlyList<TaskDefinition> sameTarget)
    {
        List<CollectionPattern> taken = [.. sameTarget.SelectMany(static task => task.Selection.Include)];
        if (taken.Contains(wanted))
        {
            return wanted;
        }

        if (wanted is { Database: "*", Collection: "*" })
        {
            return null;
        }

        // A name that a wider task has already left out to somebody else is free again once that somebody is gone.
        bool leftOut = sameTarget.Any(task => task.Selection.Exclude.Contains(wanted));
        bool covered = taken.Any(pattern => (pattern.Database is "*" || pattern.Collection is "*") && Covers(pattern, wanted));
        return covered && !leftOut ? wanted : null;
    }

    /// <summary>What a new task leaves to the tasks of the same target that were there before.</summary>
    public static IReadOnlyList<CollectionPattern> LeaveOut(CollectionPattern wanted, IReadOnlyList<TaskDefinition> sameTarget) =>
        [.. sameTarget.SelectMany(static task => task.Selection.Include).Where(taken => Covers(wanted, taken)).Distinct()];
}
