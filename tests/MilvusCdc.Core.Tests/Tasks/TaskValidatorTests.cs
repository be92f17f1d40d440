using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Tasks;

public class TaskValidatorTests
{
    [Fact]
    public void Sound_task_has_no_mistakes() => Assert.Empty(TaskValidator.Validate(Sample.Task("a")));

    [Fact]
    public void All_mistakes_are_reported_together()
    {
        TaskDefinition task = new()
        {
            Id = "",
            Target = new TargetEndpoint { Address = new Uri("ftp://u:secret@host:1"), ConnectTimeout = TimeSpan.Zero, ClientKeyFile = "/k" },
            Selection = new CollectionSelection([new CollectionPattern("default", "")], []),
            Mappings = [new NameMapping("other", "x", new Dictionary<string, string> { ["a"] = "b" })],
            Positions = new Dictionary<string, string> { ["no-shard"] = "!!" },
            OperationPosition = "!",
        };

        IReadOnlyList<string> mistakes = TaskValidator.Validate(task);

        Assert.Equal(10, mistakes.Count);
        Assert.All(mistakes, static mistake => Assert.DoesNotContain("secret@", mistake, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("by-dev-rootcoord-dml_0_445566v1", "by-dev-rootcoord-dml_0", 445566)]
    [InlineData("a_1v0", "a", 1)]
    [InlineData("_1v0", "", 1)]
    [InlineData("x/y_1v0", "x/y", 1)]
    public void Shard_name_has_parts(string name, string channel, long collection)
    {
        VirtualChannel? parsed = VirtualChannel.Parse(name);

        Assert.Equal((channel, collection), (parsed?.PhysicalChannel, parsed?.CollectionId));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("abc_v")]
    [InlineData("abc_1v")]
    [InlineData("abc_v1")]
    [InlineData("abc_1v0v1")]
    [InlineData("abc_1v-1")]
    [InlineData("abc_-5v0")]
    [InlineData("abc_99999999999999999999v0")]
    public void Other_names_are_no_shards(string name) => Assert.Null(VirtualChannel.Parse(name));
}
