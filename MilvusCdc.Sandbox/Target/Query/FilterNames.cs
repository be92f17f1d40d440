using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>Reads an expression against a collection: syntax and field names, and whether it merely lists keys.</summary>
internal static class FilterNames
{
    public static Filter Parse(string expression, Collection collection)
    {
        try
        {
            Filter filter = FilterParser.Parse(expression);
            foreach (string name in Used(filter))
            {
                if (FilterRow.Field(collection, name) is null && collection.Dynamic is null)
                {
                    throw new FormatException($"field {name} not exist");
                }
            }

            return filter;
        }
        catch (FormatException e)
        {
            throw Refusal.Unexpected($"cannot parse expression: {expression}, error: {e.Message}");
        }
    }

    /// <summary>The keys of <c>pk in […]</c> or <c>pk == x</c>; null for any other expression.</summary>
    public static IReadOnlyCollection<object>? Keys(Filter filter, Collection collection) => filter switch
    {
        In { Left: FieldPath path } list when path.Name == collection.PrimaryKey.Name => list.Values,
        Binary { Operator: "==", Left: FieldPath path, Right: Literal { Value: { } key } } when path.Name == collection.PrimaryKey.Name => [key],
        _ => null,
    };

    private static IEnumerable<string> Used(Filter filter) => filter switch
    {
        FieldPath path => [path.Name],
        Not not => Used(not.Inner),
        Negative negative => Used(negative.Inner),
        Exists exists => [exists.Path.Name],
        In list => Used(list.Left),
        Like like => Used(like.Left),
        ListOf list => list.Items.SelectMany(Used),
        Call call => call.Arguments.SelectMany(Used),
        Binary binary => Used(binary.Left).Concat(Used(binary.Right)),
        _ => [],
    };
}
