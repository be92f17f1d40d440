using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Plan;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>Plans: what a task would meet, without creating it.</summary>
internal static class PlanEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        // Planning reaches for addresses and files that the caller names: that is no reader's business.
        v1.MapPost("/plan", PlanAsync).Describe("planTask", "Plan", ApiRole.Operator, "task.plan").Takes<CreateTaskBody>().Answers<PlanReport>(200).Fails(400, 413, 415);
        v1.MapPost("/tasks/{id}/plan", PlanExistingAsync).Describe("planExistingTask", "Plan", ApiRole.Operator, "task.plan").Answers<PlanReport>(200).Fails(404);
    }

    /// <summary>Looks at source and target as the task would meet them, and creates nothing. Both sides are left as they are.</summary>
    public static async Task<IResult> PlanAsync(HttpContext http, ITaskPlanner planner, TaskStore store, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        WantedTask wanted = TaskBody.Read(await BodyReader.ReadAsync(http, BodyReader.Standard, optional: false, cancellation));
        Audit.Concerns(http, task: wanted.StatedId ? wanted.Definition.Id : null, subject: wanted.Definition.Target.Address.Authority);
        return Results.Ok(await planner.PlanAsync(new PlanSubject(wanted.Definition, await OthersAsync(store, cancellation), Exists: false), cancellation));
    }

    /// <summary>Looks at source and target as a task that is there would meet them if it started now.</summary>
    public static async Task<IResult> PlanExistingAsync(string id, HttpContext http, ITaskPlanner planner, TaskStore store, CancellationToken cancellation)
    {
        Audit.Concerns(http, task: V1Query.Id(id));
        new V1Query(http).ThrowIfWrong();
        TaskRecord record = await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation);
        return Results.Ok(await planner.PlanAsync(new PlanSubject(record.Definition, await OthersAsync(store, cancellation), Exists: true), cancellation));
    }

    private static async Task<IReadOnlyList<TaskDefinition>> OthersAsync(TaskStore store, CancellationToken cancellation) =>
        [.. (await store.ListAsync(cancellation)).Tasks.Where(static task => task.Intent is not TaskIntent.Delete).Select(static task => task.Definition)];
}
