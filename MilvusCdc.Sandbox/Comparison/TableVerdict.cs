namespace MilvusCdc.Sandbox.Comparison;

/// <summary>How one collection of the target compares with the source's.</summary>
/// <param name="Name"><c>database/collection</c>.</param>
/// <param name="Expected">Rows that the source held.</param>
/// <param name="Found">Rows that the target holds, doubled ones included.</param>
/// <param name="Equal">Rows that are the same in every field and lie in the same partition.</param>
/// <param name="Doubled">Copies of a key beyond those that the source has.</param>
/// <param name="Missing">Keys that the target does not have.</param>
/// <param name="Different">Keys whose values differ.</param>
/// <param name="Extra">Keys that the source does not have.</param>
/// <param name="Verdict">In one word.</param>
/// <param name="Examples">The first few differences, one sentence each.</param>
public sealed record TableVerdict(
    string Name, long Expected, long Found, long Equal, long Doubled, long Missing, long Different, long Extra, TableOutcome Verdict, IReadOnlyList<string> Examples);

/// <summary>The verdict on a collection.</summary>
public enum TableOutcome
{
    /// <summary>Row by row, and in structure.</summary>
    Equal,

    /// <summary>Rows or structure differ.</summary>
    Different,

    /// <summary>The target does not have the collection.</summary>
    MissingCollection,

    /// <summary>The source does not have the collection.</summary>
    ExtraCollection,
}

/// <summary>The verdict on a whole target.</summary>
/// <param name="Tables">By name.</param>
public sealed record ComparisonReport(IReadOnlyList<TableVerdict> Tables)
{
    /// <summary>Whether every collection is equal, and none is missing or too many.</summary>
    public bool AllEqual => Tables.All(table => table.Verdict == TableOutcome.Equal);
}
