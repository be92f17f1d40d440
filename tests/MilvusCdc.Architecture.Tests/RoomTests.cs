using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MilvusCdc.Architecture.Tests;

/// <summary>Which room may know which: the table in docs/architecture.md.</summary>
public sealed class RoomTests
{
    private static readonly Dictionary<string, string[]> s_mayReference = new(StringComparer.Ordinal)
    {
        ["Protocol"] = [],
        ["Core"] = ["Protocol"],
        ["Cli"] = [],
        ["Worker"] = ["Core", "ServiceDefaults"],
        ["Api"] = ["Core", "ServiceDefaults"],
        ["Web"] = ["ServiceDefaults"],
        ["ServiceDefaults"] = [],
        ["Server"] = ["Protocol", "Core", "Worker", "Api", "Web", "ServiceDefaults"],
        ["Sandbox"] = ["Protocol"],
        ["AppHost"] = ["Api", "Web", "Worker"],
    };

    public static TheoryData<string> Rooms => [.. s_mayReference.Keys];

    [Fact]
    public void Every_project_at_the_root_is_a_room_of_the_table() =>
        Assert.Equal(s_mayReference.Keys.Order(StringComparer.Ordinal), RoomProjects().Select(Room).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_references_only_what_the_table_allows(string room) =>
        Assert.Empty(References($"MilvusCdc.{room}/MilvusCdc.{room}.csproj").Except(s_mayReference[room]));

    [Fact]
    public void Every_project_is_in_the_solution_and_all_but_the_aspire_ones_in_the_filter()
    {
        string solution = Repository.Read("MilvusCdc.sln").Replace('\\', '/');
        string filter = Repository.Read("MilvusCdc.slnf").Replace("\\\\", "/", StringComparison.Ordinal);

        Assert.All(Repository.Ending(".csproj"), project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
        Assert.All(Repository.Ending(".csproj"), project =>
            Assert.Equal(!project.Contains("MilvusCdc.AppHost", StringComparison.Ordinal), filter.Contains($"\"{project}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Core_does_not_name_the_web_framework_and_is_not_compiled_against_it()
    {
        Assert.Empty(Naming("MilvusCdc.Core", "Microsoft.AspNetCore", except: []));
        Assert.DoesNotContain("Microsoft.AspNetCore", Repository.Read("MilvusCdc.Core/MilvusCdc.Core.csproj"), StringComparison.Ordinal);
        Assert.DoesNotContain(CompiledReferences("MilvusCdc.Core.dll"), name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Fact]
    public void Protocol_names_the_web_framework_only_in_its_grpc_server() =>
        Assert.Empty(Naming("MilvusCdc.Protocol", "Microsoft.AspNetCore", except: new Regex(@"/GrpcServer\w*\.cs$")));

    private static IEnumerable<string> Naming(string room, string what, params Regex[] except) =>
        Repository.Below(room, ".cs")
            .Where(file => !except.Any(pattern => pattern.IsMatch(file)))
            .Where(file => Repository.Read(file).Contains(what, StringComparison.Ordinal));

    private static IEnumerable<string> RoomProjects() => Repository.Ending(".csproj").Where(project => !project.StartsWith("tests/", StringComparison.Ordinal) && !project.StartsWith("benchmarks/", StringComparison.Ordinal));

    private static string Room(string project) => Path.GetFileNameWithoutExtension(project)["MilvusCdc.".Length..];

    private static IEnumerable<string> References(string project) =>
        XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference").Select(reference => Room(reference.Attribute("Include")!.Value.Replace('\\', '/')));

    private static List<string> CompiledReferences(string assembly)
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly));
        using var image = new PEReader(file);
        MetadataReader metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
