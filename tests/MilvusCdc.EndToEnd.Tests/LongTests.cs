namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Whether the whole matrices are wanted (<c>./test --long</c>), or the short form that is part of every run.</summary>
internal static class LongTests
{
    public static bool Wanted { get; } = Environment.GetEnvironmentVariable("MILVUSCDC_LONG_TESTS") == "1";
}
