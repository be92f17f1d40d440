using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Configuration.GoConfig;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Core.Tests.Configuration;

/// <summary>docs/configuration.md says what the program does: its table is generated, its examples are read.</summary>
public sealed partial class ConfigurationPageTests : IDisposable
{
    private const string Begin = "<!-- options: generated -->\n", End = "<!-- end of options -->";

    private static readonly string Page = Path.Combine(Repository.Root, "docs", "configuration.md");

    private readonly string _folder = Directory.CreateTempSubdirectory("milvus-cdc-examples-").FullName;

    public static TheoryData<string, int> Examples
    {
        get
        {
            TheoryData<string, int> examples = [];
            foreach (Match block in Block().Matches(File.ReadAllText(Page)))
            {
                examples.Add(block.Groups["kind"].Value, block.Index);
            }

            return examples;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Table_of_all_settings_is_up_to_date()
    {
        string page = File.ReadAllText(Page);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = page.IndexOf(End, StringComparison.Ordinal);
        string table = ConfigurationReference.ToMarkdown(new ConfigurationBuilder().Build());
        if (Environment.GetEnvironmentVariable("RENEW_DOCS") is "1")
        {
            File.WriteAllText(Page, page[..begin] + table + page[end..]);
            return;
        }

        Assert.True(
            page[begin..end] == table,
            "docs/configuration.md is out of date. To renew it: RENEW_DOCS=1 dotnet test tests/MilvusCdc.Core.Tests --filter ConfigurationPageTests");
    }

    [Fact]
    public void Every_setting_says_what_it_is_for() => Assert.All(CdcOptionsReader.Describe(new ConfigurationBuilder().Build()).Rows, static row => Assert.EndsWith(".", row.About, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_is_read_without_a_mistake(string kind, int at)
    {
        // The files that the examples name are put where the test may write.
        string text = Block().Match(File.ReadAllText(Page), at).Groups["text"].Value;
        foreach (Match file in ExampleFile().Matches(text))
        {
            string path = Path.Combine(_folder, file.Value[1..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "example");
        }

        text = ExampleFile().Replace(text, file => Path.Combine(_folder, file.Value[1..]));
        ConfigurationReport report = CdcOptionsReader.Describe(kind switch
        {
            "yaml" => FromYaml(text),
            "json" => new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(text))).Build(),
            _ => FromShell(text),
        });

        Assert.True(report.Mistakes.Count == 0, string.Join('\n', report.Mistakes));
        Assert.NotEqual(CdcOptionsReader.Describe(new ConfigurationBuilder().Build()).ToText(), report.ToText());
    }

    [Fact]
    public void There_are_examples_of_every_kind() => Assert.True(Examples.Count >= 4);

    private IConfiguration FromYaml(string text)
    {
        string file = Path.Combine(_folder, "cdc.yaml");
        File.WriteAllText(file, text);
        ConfigurationManager manager = new() { [GoConfiguration.PathKey] = file };
        return manager.AddGoConfiguration();
    }

    private static IConfigurationRoot FromShell(string text)
    {
        Dictionary<string, string?> values = [];
        foreach (Match export in Export().Matches(text))
        {
            string value = export.Groups["value"].Value.Trim('\'', '"');
            if (export.Groups["name"].Value.StartsWith("Cdc__", StringComparison.Ordinal))
            {
                values[export.Groups["name"].Value.Replace("__", ":", StringComparison.Ordinal)] = value;
            }
            else
            {
                Environment.SetEnvironmentVariable(export.Groups["name"].Value, value);
            }
        }

        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }

    [GeneratedRegex("```(?<kind>json|yaml|sh)\\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();

    [GeneratedRegex("(?<=[ \"':=])/(etc/milvus-cdc|run/secrets)/[a-z0-9.-]+")]
    private static partial Regex ExampleFile();

    [GeneratedRegex("^export (?<name>\\w+)=(?<value>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Export();
}
