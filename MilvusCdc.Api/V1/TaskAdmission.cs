using System.Text.Json;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Plan;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>Lets tasks in: one id one task, no two tasks that write the same, not too many, and none whose plan has errors.</summary>
internal sealed class TaskAdmission(TaskStore store, ITaskPlanner planner, CdcOptions options, TimeProvider time)
{
    /// <summary>The task's record, and whether it is new. Throws <see cref="V1Exception"/>.</summary>
    public async Task<(TaskRecord Record, bool New)> AdmitAsync(WantedTask wanted, bool skipPlan, CancellationToken cancellation)
    {
        bool planned = skipPlan;
        while (true)
        {
            TaskListing listing = await store.ListAsync(cancellation);
            if (listing.Tasks.FirstOrDefault(task => task.Definition.Id == wanted.Definition.Id) is { } known)
            {
                return (Known(known, wanted), false);
            }

            TaskDefinition definition = Fit(wanted.Definition, listing);
            if (!planned)
            {
                await PlanAsync(definition, listing, cancellation);
                planned = true;
            }

            DateTimeOffset now = time.GetUtcNow();
            TaskRecord record = new()
            {
                Definition = definition,
                Intent = wanted.Paused ? TaskIntent.Pause : TaskIntent.Run,
                Reason = wanted.Paused ? "it was created paused" : null,
                Since = now,
                CreatedAt = now,
            };
            if (await store.TryCreateAsync(record, listing, cancellation))
            {
                return (record, true);
            }
        }
    }

    /// <summary>A task with what other tasks of its target leave to it. Throws <see cref="V1Exception"/>.</summary>
    public TaskDefinition Fit(TaskDefinition task, TaskListing listing)
    {
        List<TaskRecord> living = [.. listing.Tasks.Where(static other => other.Intent is not TaskIntent.Delete)];
        List<TaskDefinition> sameTarget = [.. living.Select(static other => other.Definition).Where(other => other.Target.Address.Authority == task.Target.Address.Authority)];
        List<FieldMistake> overlaps =
        [
            .. task.Selection.Include.Select(wanted => TaskOverlap.Clash(wanted, sameTarget)).OfType<CollectionPattern>().Distinct()
                .Select(static clash => new FieldMistake("/collections/include", "overlap", $"'{clash.Database}.{clash.Collection}' is replicated to this target by another task already")),
        ];
        if (task.Policies.ReplicateUsersAndRoles && sameTarget.Exists(static other => other.Policies.ReplicateUsersAndRoles))
        {
            overlaps.Add(new FieldMistake("/policies/usersAndRoles", "overlap", "another task replicates users and roles to this target already"));
        }

        if (overlaps.Count > 0)
        {
            throw Problems.Refuse(ProblemCode.TaskOverlaps, overlaps);
        }

        if (living.Count >= options.Api.MaxTasks)
        {
            throw Problems.Refuse(ProblemCode.TaskLimit, $"There are {living.Count} tasks, as many as Cdc:Api:MaxTasks allows.");
        }

        IEnumerable<CollectionPattern> others = task.Selection.Include.SelectMany(wanted => TaskOverlap.LeaveOut(wanted, sameTarget));
        return task with { Selection = task.Selection with { Exclude = [.. task.Selection.Exclude.Concat(others).Distinct()] } };
    }

    private static TaskRecord Known(TaskRecord known, WantedTask wanted)
    {
        if (known.Intent is TaskIntent.Delete)
        {
            throw Problems.Refuse(ProblemCode.TaskBeingDeleted, $"The task '{known.Definition.Id}' is being deleted; its id is free when it is gone.");
        }

        return Same(known.Definition, wanted.Definition)
            ? known
            : throw Problems.Refuse(ProblemCode.TaskExists, $"There is a task '{known.Definition.Id}' already, and it is another one. Choose another id, or change that task.");
    }

    // What other tasks had at its creation was left out then; that makes it no other task.
    private static bool Same(TaskDefinition known, TaskDefinition wanted)
    {
        static string Text(TaskDefinition task) => JsonSerializer.Serialize(task with { Selection = task.Selection with { Exclude = [] } }, TaskJson.Options);
        return Text(known) == Text(wanted) && wanted.Selection.Exclude.All(known.Selection.Exclude.Contains);
    }

    private async Task PlanAsync(TaskDefinition definition, TaskListing listing, CancellationToken cancellation)
    {
        List<TaskDefinition> others = [.. listing.Tasks.Where(static task => task.Intent is not TaskIntent.Delete).Select(static task => task.Definition)];
        PlanReport plan = await planner.PlanAsync(new PlanSubject(definition, others, Exists: false), cancellation);
        if (!plan.Accepted)
        {
            PlanFinding[] errors = [.. plan.Findings.Where(static finding => finding.Severity is PlanSeverity.Error)];
            throw new V1Exception(new V1Problem(ProblemCode.PlanRefused, string.Join(" ", errors.Select(static error => $"{error.Where}: {error.Text}; {error.Advice}.")))
            {
                Errors = [.. errors.Select(static error => new FieldMistake("", error.Code, $"{error.Where}: {error.Text}; {error.Advice}"))],
                Plan = plan,
            });
        }
    }
}
