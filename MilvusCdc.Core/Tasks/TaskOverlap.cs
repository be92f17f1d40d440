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

        // What a wider task leaves out is free once the task it was left to is gone.
        bool covered = sameTarget.Any(task => task.Selection.Include.Any(wide => Covers(wide, wanted)) && !task.Selection.Exclude.Any(left => Covers(left, wanted)));
        return covered ? wanted : null;
    }

    /// <summary>What a new task leaves to the tasks of the same target that were there before: where both would match, <c>*.foo</c> and <c>default.*</c> included.</summary>
    public static IReadOnlyList<CollectionPattern> LeaveOut(CollectionPattern wanted, IReadOnlyList<TaskDefinition> sameTarget) =>
        [.. sameTarget.SelectMany(static task => task.Selection.Include).Select(taken => Common(wanted, taken)).OfType<CollectionPattern>().Distinct()];

    private static CollectionPattern? Common(CollectionPattern one, CollectionPattern other) =>
        Common(one.Database, other.Database) is { } database && Common(one.Collection, other.Collection) is { } collection ? new CollectionPattern(database, collection) : null;

    private static string? Common(string one, string other) => one is "*" || one == other ? other : other is "*" ? one : null;
}
