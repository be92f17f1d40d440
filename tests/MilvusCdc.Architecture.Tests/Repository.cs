namespace MilvusCdc.Architecture.Tests;

/// <summary>The files of the repository as they lie on the disk, without what builds leave and without recordings.</summary>
internal static class Repository
{
    private static readonly string[] s_left = ["bin", "obj", ".git", ".vs", ".idea", "artifacts", "TestResults", "node_modules", "recordings", ".sandbox"];
    private static readonly string[] s_text = [".cs", ".razor", ".css", ".js", ".csproj", ".props", ".targets", ".sln", ".slnf", ".json", ".md", ".proto", ".txt", ".yml", ".yaml", ""];

    public static string Root { get; } = FindRoot();

    /// <summary>Every text file, as its path from the root with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> Ending(params string[] endings) =>
        Files.Where(file => endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)));

    public static IEnumerable<string> Below(string folder, string ending) =>
        Ending(ending).Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder).Where(file => s_text.Contains(Path.GetExtension(file)) || Path.GetFileName(file).StartsWith('.')))
        {
            // In a worktree .git is a file, which belongs to git and not to us.
            if (Path.GetFileName(file) is not ".git")
            {
                yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
            }
        }

        foreach (string file in Directory.EnumerateDirectories(folder).Where(inner => !s_left.Contains(Path.GetFileName(inner))).SelectMany(Walk))
        {
            yield return file;
        }
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "MilvusCdc.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has MilvusCdc.sln.");
    }
}
