using System.Text.RegularExpressions;

namespace MilvusCdc.Architecture.Tests;

/// <summary>Habits that a compiler does not see.</summary>
public sealed partial class HouseTests
{
    private const int MostLines = 400;

    // Put together here so that this file does not hold them.
    private static readonly string[] s_registries = ["nuget" + ".org", "npmjs" + ".org", "pypi" + ".org", "deb.debian" + ".org", "crates" + ".io"];
    private static readonly string s_unfinished = "TO" + "DO";

    [Fact]
    public void No_file_is_longer_than_400_lines() =>
        None(Repository.Ending(".cs", ".razor", ".css", ".md")
            .Select(file => (File: file, Lines: Repository.Lines(file).Length))
            .Where(item => item.Lines > MostLines)
            .Select(item => $"{item.File}: {item.Lines}"));

    [Fact]
    public void No_folder_is_named_for_what_has_no_name() =>
        None(Repository.Files.Where(file => Regex.IsMatch(file, "(^|/)(Helpers?|Utils?|Utilities|Common|Models)/")));

    [Fact]
    public void No_type_is_called_a_manager() =>
        None(Sources().Where(file => Manager().IsMatch(Repository.Read(file))));

    [Fact]
    public void No_method_is_async_void() =>
        None(Sources().Where(file => AsyncVoid().IsMatch(Repository.Read(file))));

    [Fact]
    public void No_work_is_left_as_a_note() =>
        None(Repository.Files.Where(file => Regex.IsMatch(Repository.Read(file), $@"\b{s_unfinished}\b")));

    [Fact]
    public void No_file_names_a_package_registry() =>
        None(Repository.Files.Where(file => s_registries.Any(registry => Repository.Read(file).Contains(registry, StringComparison.OrdinalIgnoreCase))));

    [Fact]
    public void Every_version_of_a_package_is_exact() =>
        None(Repository.Lines("Directory.Packages.props")
            .Where(line => line.Contains("<PackageVersion ", StringComparison.Ordinal) && !Regex.IsMatch(line, "Version=\"\\[[^,\\]]+\\]\"")));

    private static void None(IEnumerable<string> found)
    {
        List<string> all = [.. found];
        Assert.True(all.Count == 0, string.Join('\n', all));
    }

    private static IEnumerable<string> Sources() => Repository.Ending(".cs", ".razor");

    [GeneratedRegex(@"\b(class|struct|record|interface) \w*Manager\b")]
    private static partial Regex Manager();

    [GeneratedRegex(@"\basync void\b")]
    private static partial Regex AsyncVoid();
}
