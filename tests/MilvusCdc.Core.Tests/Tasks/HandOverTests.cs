using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Tasks;

public class HandOverTests
{
    private static readonly TaskDefinition Task = Sample.Record("a").Definition;

    [Fact]
    public void The_last_task_of_a_target_is_told_how_the_target_lives_on_by_itself()
    {
        string text = HandOver.Text(Task, []);
        Assert.Contains(Task.Target.Address.Authority, text, StringComparison.Ordinal);
        Assert.Contains("set common.ttMsgEnabled=true", text, StringComparison.Ordinal);
    }

    [Fact]
    public void While_other_tasks_use_the_target_its_mode_stays()
    {
        string text = HandOver.Text(Task, ["b", "c"]);
        Assert.Contains("tasks 'b', 'c'", text, StringComparison.Ordinal);
        Assert.Contains("leave common.ttMsgEnabled=false", text, StringComparison.Ordinal);
    }
}
