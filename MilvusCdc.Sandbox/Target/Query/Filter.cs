namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>A filter expression as a tree.</summary>
internal abstract record Filter;

internal sealed record Literal(object? Value) : Filter;

/// <summary>A field, and the keys or indexes below it: <c>meta["lang"]</c>, <c>tags[0]</c>.</summary>
internal sealed record FieldPath(string Name, IReadOnlyList<object> Steps) : Filter;

internal sealed record Not(Filter Inner) : Filter;

internal sealed record Negative(Filter Inner) : Filter;

/// <summary>And, or, comparison, arithmetic; the operator as written ("and" and "or" as words).</summary>
internal sealed record Binary(string Operator, Filter Left, Filter Right) : Filter;

internal sealed record In(Filter Left, HashSet<object> Values) : Filter;

internal sealed record Like(Filter Left, string Pattern) : Filter;

internal sealed record Exists(FieldPath Path) : Filter;

internal sealed record Call(string Function, IReadOnlyList<Filter> Arguments) : Filter;

internal sealed record ListOf(IReadOnlyList<Filter> Items) : Filter;
