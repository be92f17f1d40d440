using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>Reads the body of <c>PATCH /tasks/{id}</c> and applies it: what a task may change while it exists.</summary>
internal static class TaskPatch
{
    private static readonly string[] s_fixed = ["id", "collections", "mappings", "start", "positions", "operationPosition", "paused"];
    private static readonly string[] s_fixedOfTarget = ["address", "ignorePartitions"];

    /// <summary>The definition as it then is. Throws a <see cref="V1Exception"/> with everything that is wrong.</summary>
    public static TaskDefinition Apply(BodyFields body, TaskDefinition task)
    {
        RefuseFixed(body, s_fixed);
        TargetEndpoint target = task.Target;
        if (body.Object("target") is { } stated)
        {
            RefuseFixed(stated, s_fixedOfTarget);
            target = target with { Token = stated.Text("token", 4_096) ?? target.Token, ConnectTimeout = TaskBody.ReadTimeout(stated) ?? target.ConnectTimeout };
            target = TaskBody.ReadTls(stated.Object("tls"), target);
            stated.NothingElse();
        }

        TaskDefinition changed = task with
        {
            Target = target,
            Policies = TaskBody.ReadPolicies(body.Object("policies"), task.Policies),
            DisableAutoStart = body.Flag("autoStart") is { } autoStart ? !autoStart : task.DisableAutoStart,
        };
        body.NothingElse();
        if (body.IsEmpty)
        {
            body.Wrong("", "required", "is empty; allowed are autoStart, policies and target");
        }

        body.ThrowIfWrong();
        return changed;
    }

    private static void RefuseFixed(BodyFields body, string[] names)
    {
        foreach (string name in names.Where(body.Has))
        {
            body.Wrong(name, "immutable", "never changes after creation; create another task");
        }
    }
}
