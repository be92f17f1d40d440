using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Tasks;

/// <summary>control-plane.md §2.6, row by row.</summary>
public class TaskOverlapTests
{
    [Theory]
    [InlineData("default.foo", "default.bar", null, "")]
    [InlineData("default.foo", "default.*", null, "default.foo")]
    [InlineData("default.foo default.*", "default.bar", "default.bar", "")]
    [InlineData("default.*", "default.foo", "default.foo", "default.*")]
    [InlineData("default.*", "*.*", null, "default.*")]
    [InlineData("default.* *.*", "db1.*", "db1.*", "")]
    [InlineData("*.*", "*.*", "*.*", "*.*")]
    [InlineData("*.*", "*.foo", "*.foo", "")]
    [InlineData("default.foo", "*.foo", null, "default.foo")]
    [InlineData("*.foo", "default.foo", "default.foo", "")]
    [InlineData("*.foo", "*.*", null, "*.foo")]
    [InlineData("*.foo", "default.*", null, "default.foo")]
    [InlineData("default.*", "*.foo", null, "default.foo")]
    public void New_task_clashes_or_leaves_out(string existing, string wanted, string? clash, string leftOut)
    {
        List<TaskDefinition> tasks = [];
        foreach (string name in existing.Split(' '))
        {
            tasks.Add(Sample.Task(name, Sample.Pattern(name), TaskOverlap.LeaveOut(Sample.Pattern(name), tasks)));
        }

        CollectionPattern pattern = Sample.Pattern(wanted);

        Assert.Equal(clash is null ? null : Sample.Pattern(clash), TaskOverlap.Clash(pattern, tasks));
        if (clash is null)
        {
            Assert.Equal(leftOut.Length == 0 ? [] : [Sample.Pattern(leftOut)], TaskOverlap.LeaveOut(pattern, tasks));
        }
    }

    [Fact]
    public void Name_that_a_wide_task_left_out_is_free_when_its_owner_is_gone()
    {
        TaskDefinition wide = Sample.Task("wide", Sample.Pattern("default.*"), [Sample.Pattern("default.foo")]);

        Assert.Null(TaskOverlap.Clash(Sample.Pattern("default.foo"), [wide]));
        Assert.NotNull(TaskOverlap.Clash(Sample.Pattern("default.bar"), [wide]));
    }
}
