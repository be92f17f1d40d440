namespace MilvusCdc.Core.Tasks;

/// <summary>What a person has to know when a task is deleted and its target is to live on by itself.</summary>
public static class HandOver
{
    /// <summary>One paragraph about the target of a deleted task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="others">Other tasks with the same target.</param>
    public static string Text(TaskDefinition task, IReadOnlyCollection<string> others)
    {
        string address = task.Target.Address.GetLeftPart(UriPartial.Authority);
        return others.Count > 0
            ? $"Nothing was removed from the target {address}. It still takes replicated messages from {(others.Count == 1 ? "task" : "tasks")} {string.Join(", ", others.Select(static id => $"'{id}'"))}, so leave common.ttMsgEnabled=false on it."
            : $"Nothing was removed from the target {address}. It gets no ticks any more, so strong and bounded queries wait until they time out, and it refuses ordinary writes, "
                + "as long as it runs with common.ttMsgEnabled=false. To use it by itself, wait until the task is caught up before you delete it, then set common.ttMsgEnabled=true (the default) and restart it. "
                + "To replicate to it again, keep the setting and create a task from a checkpoint that was exported before.";
    }
}
