using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Rest;

/// <summary><c>/api/v1</c>: tasks as they are, in camelCase JSON; errors as RFC 9457 problem details.</summary>
internal static class TaskRest
{
    public static void MapTaskRest(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder v1 = routes.MapGroup("/api/v1").AddEndpointFilter(StoreFaultAsync);
        v1.MapGet("/version", static () => new VersionAnswer(Product, Version));
        v1.MapGet("/tasks", ListAsync);
        v1.MapGet("/tasks/{id}", FindAsync);
    }

    /// <summary>The API writes what the worker publishes in the same form.</summary>
    public static void Use(JsonSerializerOptions json)
    {
        json.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        foreach (JsonConverter converter in TaskJson.Options.Converters)
        {
            json.Converters.Add(converter);
        }
    }

    private static string Product => typeof(TaskRest).Assembly.GetCustomAttribute<AssemblyProductAttribute>()?.Product ?? "MilvusCdc";

    private static string Version => typeof(TaskRest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private static async Task<IResult> ListAsync(TaskStore store, CancellationToken cancellation)
    {
        TaskListing listing = await store.ListAsync(cancellation);
        IReadOnlyDictionary<string, TaskReport> statuses = await store.ListStatusesAsync(cancellation);
        return Results.Ok(new TaskListAnswer([.. listing.Tasks.Select(task => statuses.GetValueOrDefault(task.Definition.Id) ?? TaskReport.Unowned(task))]));
    }

    private static async Task<IResult> FindAsync(string id, TaskStore store, CancellationToken cancellation)
    {
        if (await store.FindAsync(id, cancellation) is not { } task)
        {
            return Results.Problem($"There is no task '{id}'.", statusCode: StatusCodes.Status404NotFound);
        }

        return Results.Ok(await store.FindStatusAsync(id, cancellation) ?? TaskReport.Unowned(task));
    }

    private static async ValueTask<object?> StoreFaultAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Protocol.Etcd.EtcdException fault)
        {
            return Results.Problem(FaultClassifier.Classify(fault).Sentence, statusCode: StatusCodes.Status503ServiceUnavailable, title: "The meta store cannot be used now");
        }
    }
}

/// <summary>All tasks, in order of id.</summary>
internal sealed record TaskListAnswer(IReadOnlyList<TaskReport> Tasks);

/// <summary>What runs here.</summary>
internal sealed record VersionAnswer(string Product, string Version);
