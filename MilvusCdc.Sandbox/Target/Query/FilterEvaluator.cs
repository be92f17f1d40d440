using System.Globalization;
using System.Text.RegularExpressions;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>Whether a row fits a filter. Values of different kinds are never equal, never ordered.</summary>
internal static class FilterEvaluator
{
    public static bool Fits(Filter filter, FilterRow row) => Value(filter, row) is true;

    private static object? Value(Filter filter, FilterRow row) => filter switch
    {
        Literal literal => literal.Value,
        FieldPath path => row.Read(path),
        Not not => Value(not.Inner, row) is not true,
        Negative negative => Arithmetic("-", 0L, Value(negative.Inner, row)),
        Exists exists => row.Read(exists.Path) is not null,
        In list => Value(list.Left, row) is { } value && (list.Values.Contains(value) || (value is float f && list.Values.Contains((double)f))),
        Like like => Value(like.Left, row) is string text && Matches(text, like.Pattern),
        ListOf list => list.Items.Select(i => Value(i, row)).ToList(),
        Call call => Function(call, row),
        Binary { Operator: "and" } and => Value(and.Left, row) is true && Value(and.Right, row) is true,
        Binary { Operator: "or" } or => Value(or.Left, row) is true || Value(or.Right, row) is true,
        Binary { Operator: "+" or "-" or "*" or "/" or "%" or "**" } sum => Arithmetic(sum.Operator, Value(sum.Left, row), Value(sum.Right, row)),
        Binary comparison => Compare(comparison.Operator, Value(comparison.Left, row), Value(comparison.Right, row)),
        _ => throw new FormatException($"{filter.GetType().Name} cannot be evaluated"),
    };

    private static bool Compare(string comparison, object? left, object? right)
    {
        if (Order(left, right) is not { } order)
        {
            return false;
        }

        return comparison switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private static int? Order(object? left, object? right) => (left, right) switch
    {
        (long a, long b) => a.CompareTo(b),
        (string a, string b) => string.CompareOrdinal(a, b),
        (bool a, bool b) => a.CompareTo(b),
        (long or float or double, long or float or double) => Number(left).CompareTo(Number(right)),
        _ => null,
    };

    private static object? Arithmetic(string sign, object? left, object? right) => (left, right) switch
    {
        (long a, long b) => sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => b == 0 ? null : a / b,
            "%" => b == 0 ? null : a % b,
            _ => Math.Pow(a, b),
        },
        (long or float or double, long or float or double) => sign switch
        {
            "+" => Number(left) + Number(right),
            "-" => Number(left) - Number(right),
            "*" => Number(left) * Number(right),
            "/" => Number(left) / Number(right),
            "%" => Number(left) % Number(right),
            _ => Math.Pow(Number(left), Number(right)),
        },
        _ => null,
    };

    private static double Number(object? value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static bool Matches(string text, string pattern) =>
        Regex.IsMatch(text, "^" + Regex.Escape(pattern).Replace("%", ".*", StringComparison.Ordinal).Replace("_", ".", StringComparison.Ordinal) + "$",
            RegexOptions.Singleline | RegexOptions.CultureInvariant);

    private static object? Function(Call call, FilterRow row)
    {
        List<object?> arguments = call.Arguments.Select(a => Value(a, row)).ToList();
        IReadOnlyList<object?>? list = arguments.FirstOrDefault() as IReadOnlyList<object?>;
        IReadOnlyList<object?> wanted = arguments.ElementAtOrDefault(1) as IReadOnlyList<object?> ?? [];
        return call.Function switch
        {
            "ARRAY_LENGTH" => list is null ? null : (long)list.Count,
            "ARRAY_CONTAINS" or "JSON_CONTAINS" => list?.Contains(arguments.ElementAtOrDefault(1)) == true,
            "ARRAY_CONTAINS_ALL" or "JSON_CONTAINS_ALL" => list is not null && wanted.All(w => list.Contains(w)),
            "ARRAY_CONTAINS_ANY" or "JSON_CONTAINS_ANY" => list is not null && wanted.Any(w => list.Contains(w)),
            _ => throw new FormatException($"function {call.Function} is not known"),
        };
    }
}
