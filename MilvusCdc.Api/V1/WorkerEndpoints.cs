using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>The workers.</summary>
internal static class WorkerEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/workers", ListAsync).Describe("listWorkers", "Workers", ApiRole.Reader).Answers<WorkerList>(200);
        v1.MapPost("/workers/{name}/drain", DrainAsync).Describe("drainWorker", "Workers", ApiRole.Operator, "worker.drain").Answers<WorkerAnswer>(200).Fails(404);
        v1.MapPost("/workers/{name}/undrain", UndrainAsync).Describe("undrainWorker", "Workers", ApiRole.Operator, "worker.undrain").Answers<WorkerAnswer>(200).Fails(404);
    }

    /// <summary>The workers there are, and what they run.</summary>
    public static async Task<IResult> ListAsync(HttpContext http, WorkerRegistry workers, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        return Results.Ok(new WorkerList([.. (await workers.ListAsync(cancellation)).Select(WorkerAnswer.Of)]));
    }

    /// <summary>Makes a worker leave its tasks, each at a cut, to the other workers, and take none, until it is undrained. A restart does not change that.</summary>
    public static async Task<IResult> DrainAsync(string name, HttpContext http, WorkerRegistry workers, CancellationToken cancellation)
    {
        string worker = Named(name, http);
        await FindAsync(worker, workers, cancellation);
        await workers.DrainAsync(worker, Caller.Of(http).Name, cancellation);
        return Results.Ok(WorkerAnswer.Of(await FindAsync(worker, workers, cancellation)));
    }

    /// <summary>Lets a worker take tasks again.</summary>
    public static async Task<IResult> UndrainAsync(string name, HttpContext http, WorkerRegistry workers, CancellationToken cancellation)
    {
        string worker = Named(name, http);
        WorkerListing found = await FindAsync(worker, workers, cancellation);
        await workers.UndrainAsync(worker, cancellation);
        return Results.Ok(WorkerAnswer.Of(found with { Draining = false }));
    }

    private static string Named(string name, HttpContext http)
    {
        new V1Query(http).ThrowIfWrong();
        string worker = V1Query.Id(name);
        Audit.Concerns(http, subject: worker);
        return worker;
    }

    private static async Task<WorkerListing> FindAsync(string name, WorkerRegistry workers, CancellationToken cancellation) =>
        (await workers.ListAsync(cancellation)).FirstOrDefault(worker => worker.Name == name) ?? throw Problems.Refuse(ProblemCode.WorkerUnknown, $"There is no worker '{BodyFields.Shown(name)}'.");
}
