namespace MilvusCdc.Sandbox.Comparison;

/// <summary>Compares what the source held with what the target holds: row by row, and in structure where it is known.</summary>
public static class TableComparer
{
    private const int MaxExamples = 5;

    /// <summary>One verdict for each collection of either side, by name.</summary>
    public static ComparisonReport Compare(
        IReadOnlyDictionary<string, CollectionRows> expected,
        IReadOnlyDictionary<string, CollectionRows> found,
        IReadOnlyDictionary<string, CollectionStructure>? expectedStructures = null,
        IReadOnlyDictionary<string, CollectionStructure>? foundStructures = null)
    {
        List<TableVerdict> tables = [];
        foreach (string name in expected.Keys.Union(found.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            tables.Add((expected.GetValueOrDefault(name), found.GetValueOrDefault(name)) switch
            {
                ({ } source, { } target) => CompareTable(source, target, expectedStructures?.GetValueOrDefault(name), foundStructures?.GetValueOrDefault(name)),
                ({ } source, null) => new TableVerdict(name, source.Rows.Count, 0, 0, 0, source.Rows.Count, 0, 0, TableOutcome.MissingCollection, ["the target does not have the collection"]),
                (_, { } target) => new TableVerdict(name, 0, Held(target), 0, 0, 0, 0, Held(target), TableOutcome.ExtraCollection, ["the source does not have the collection"]),
                _ => throw new InvalidOperationException("a name of neither side"),
            });
        }

        return new ComparisonReport(tables);
    }

    private static TableVerdict CompareTable(CollectionRows source, CollectionRows target, CollectionStructure? wanted, CollectionStructure? got)
    {
        List<string> examples = wanted is null || got is null ? [] : [.. StructureDifferences(wanted, got)];
        bool structureDiffers = examples.Count != 0;
        ILookup<string, Row> sourceByKey = source.Rows.ToLookup(row => Key(source, row), StringComparer.Ordinal);
        ILookup<string, Row> targetByKey = target.Rows.ToLookup(row => Key(source, row), StringComparer.Ordinal);
        long equal = 0, missing = 0, different = 0;
        foreach (IGrouping<string, Row> rows in sourceByKey)
        {
            if (!targetByKey.Contains(rows.Key))
            {
                missing++;
                Note(examples, $"key {rows.Key} is missing");
                continue;
            }

            // A query shows one row of a doubled key; any copy that the source has will do.
            string? difference = targetByKey[rows.Key].Select(row => FirstDifference(rows, row)).FirstOrDefault(text => text is not null);
            if (difference is null)
            {
                equal += rows.Count();
            }
            else
            {
                different++;
                Note(examples, $"key {rows.Key}: {difference}");
            }
        }

        long extra = 0;
        foreach (IGrouping<string, Row> rows in targetByKey.Where(rows => !sourceByKey.Contains(rows.Key)))
        {
            extra++;
            Note(examples, $"key {rows.Key} is on the target only");
        }

        long doubled = Math.Max(0, Held(target) - targetByKey.Count - (source.Rows.Count - sourceByKey.Count));
        if (doubled != 0)
        {
            string? twice = targetByKey.FirstOrDefault(rows => rows.Count() > sourceByKey[rows.Key].Count() && rows.Count() > 1)?.Key;
            Note(examples, twice is null ? $"count(*) says {Held(target)} where {targetByKey.Count} keys are" : $"key {twice} is there {targetByKey[twice].Count()} times");
        }

        // Rows that no query shows, although count(*) has fewer of them than were read.
        bool countDiffers = target.Count is { } count && count < target.Rows.Count;
        if (countDiffers)
        {
            Note(examples, $"count(*) says {target.Count} where {target.Rows.Count} rows were read");
        }

        bool same = missing == 0 && different == 0 && extra == 0 && doubled == 0 && !structureDiffers && !countDiffers;
        return new TableVerdict(source.Name, source.Rows.Count, Held(target), equal, doubled, missing, different, extra, same ? TableOutcome.Equal : TableOutcome.Different, examples);
    }

    private static long Held(CollectionRows rows) => Math.Max(rows.Rows.Count, rows.Count ?? 0);

    private static string Key(CollectionRows collection, Row row) => row.Fields.GetValueOrDefault(collection.PrimaryField) ?? "(no key)";

    private static void Note(List<string> examples, string text)
    {
        if (examples.Count < MaxExamples)
        {
            examples.Add(text);
        }
    }

    private static string? FirstDifference(IEnumerable<Row> wanted, Row got)
    {
        string? first = null;
        foreach (Row row in wanted)
        {
            string? difference = Difference(row, got);
            if (difference is null)
            {
                return null;
            }

            first ??= difference;
        }

        return first;
    }

    private static string? Difference(Row wanted, Row got)
    {
        if (wanted.Partition is { } partition && got.Partition is { } other && partition != other)
        {
            return $"partition {other} instead of {partition}";
        }

        foreach (string field in wanted.Fields.Keys.Union(got.Fields.Keys, StringComparer.Ordinal))
        {
            string? mine = wanted.Fields.GetValueOrDefault(field), theirs = got.Fields.GetValueOrDefault(field);
            if (mine != theirs)
            {
                return $"field {field} is {Short(theirs)} instead of {Short(mine)}";
            }
        }

        return null;
    }

    private static string Short(string? value) => value is null ? "absent" : value.Length <= 60 ? value : value[..57] + "...";

    private static IEnumerable<string> StructureDifferences(CollectionStructure wanted, CollectionStructure got)
    {
        foreach ((string what, IEnumerable<string> mine, IEnumerable<string> theirs) in ((string, IEnumerable<string>, IEnumerable<string>)[])
            [
                ("fields", wanted.Fields, got.Fields),
                ("partitions", wanted.Partitions, got.Partitions),
                ("indexes", wanted.Indexes.Select(index => index.ToString()), got.Indexes.Select(index => index.ToString())),
                ("aliases", wanted.Aliases, got.Aliases),
                ("load state", [wanted.Load], [got.Load]),
            ])
        {
            string left = string.Join(", ", mine.Order(StringComparer.Ordinal)), right = string.Join(", ", theirs.Order(StringComparer.Ordinal));
            if (left != right)
            {
                yield return $"{what}: {(right.Length == 0 ? "none" : right)} instead of {(left.Length == 0 ? "none" : left)}";
            }
        }
    }
}
