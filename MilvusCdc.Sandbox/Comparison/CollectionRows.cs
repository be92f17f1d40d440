namespace MilvusCdc.Sandbox.Comparison;

/// <summary>One row in the form in which rows are compared.</summary>
/// <param name="Partition">The partition's name; null: not known (collections with a partition key do not tell), equal to every partition.</param>
/// <param name="Fields">Canonical values (<see cref="CanonicalValue"/>) by field name; dynamic values stand under their own names.</param>
public sealed record Row(string? Partition, IReadOnlyDictionary<string, string> Fields);

/// <summary>The rows of one collection.</summary>
/// <param name="Name"><c>database/collection</c>.</param>
/// <param name="PrimaryField">The primary key's field.</param>
/// <param name="Rows">All rows; a key may stand here more than once.</param>
/// <param name="Count">What <c>count(*)</c> says, doubled rows included; null: not asked.</param>
public sealed record CollectionRows(string Name, string PrimaryField, IReadOnlyList<Row> Rows, long? Count = null);

/// <summary>What a collection is made of, as far as two Milvus must agree.</summary>
/// <param name="Fields">Names of the user's fields, without <c>$meta</c>.</param>
/// <param name="Partitions">Names.</param>
/// <param name="Indexes">Names and fields.</param>
/// <param name="Aliases">Names.</param>
/// <param name="Load"><c>Loaded</c>, <c>Loading</c> or <c>NotLoad</c>.</param>
public sealed record CollectionStructure(
    IReadOnlyList<string> Fields, IReadOnlyList<string> Partitions, IReadOnlyList<IndexName> Indexes, IReadOnlyList<string> Aliases, string Load);

/// <summary>An index and the field that it is on.</summary>
public sealed record IndexName(string Name, string Field)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}({Field})";
}
