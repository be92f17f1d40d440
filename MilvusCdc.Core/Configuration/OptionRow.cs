namespace MilvusCdc.Core.Configuration;

/// <summary>One setting as it was read: what it is, what it may be, and what it is now.</summary>
/// <param name="Key">Without the section, for example <c>Api:MaxTasks</c>.</param>
/// <param name="Allowed">What it may be, in words.</param>
/// <param name="Standard">What it is when nobody says anything, in words.</param>
/// <param name="About">What it is for: a sentence.</param>
/// <param name="Value">What is used; secrets hidden.</param>
/// <param name="Origin">Who said so (an environment variable, a file, the command line); null: nobody.</param>
public sealed record OptionRow(string Key, string Allowed, string Standard, string About, string Value, string? Origin);
