using System.Text.Json;
using MilvusCdc.Core.Plan;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>One thing that is wrong in a request.</summary>
/// <param name="Where">A JSON pointer into the body (<c>/target/address</c>), or the parameter's name.</param>
/// <param name="Code">What is wrong, as a word: <c>required</c>, <c>type</c>, <c>range</c>, <c>unknown</c>, <c>duplicate</c>, <c>format</c>, <c>contradiction</c>.</param>
/// <param name="Detail">What it is, and what is allowed.</param>
public sealed record FieldMistake(string Where, string Code, string Detail);

/// <summary>An answer that says what is wrong (RFC 9457).</summary>
public sealed record ProblemAnswer
{
    /// <summary>Names the kind of problem; never changes.</summary>
    public required string Type { get; init; }

    /// <summary>What the kind means, the same each time.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong this time, for people.</summary>
    public required string Detail { get; init; }

    /// <summary>The path that was asked for.</summary>
    public string? Instance { get; init; }

    /// <summary>The kind as a word, for programs; never changes.</summary>
    public required string Code { get; init; }

    /// <summary>Everything that is wrong in the request, all at once; absent: it is not about single members.</summary>
    public IReadOnlyList<FieldMistake>? Errors { get; init; }

    /// <summary>The plan that has errors; only with code <c>plan.refused</c>.</summary>
    public PlanReport? Plan { get; init; }
}

/// <summary>What is wrong with a request.</summary>
internal sealed record V1Problem(ProblemCode Kind, string Detail)
{
    public IReadOnlyList<FieldMistake>? Errors { get; init; }

    public PlanReport? Plan { get; init; }

    public int Status => Kind.Status;
}

/// <summary>Ends a request with a problem.</summary>
internal sealed class V1Exception(V1Problem problem) : Exception(problem.Detail)
{
    public V1Problem Problem => problem;
}

/// <summary>Makes problems.</summary>
internal static class Problems
{
    public static V1Problem Of(ProblemCode kind, string detail) => new(kind, detail);

    public static V1Exception Refuse(ProblemCode kind, string detail) => new(Of(kind, detail));

    public static V1Exception Refuse(ProblemCode kind, IReadOnlyList<FieldMistake> mistakes)
    {
        string detail = mistakes.Count == 1 ? $"{mistakes[0].Where}: {mistakes[0].Detail}" : $"{mistakes.Count} things are wrong; 'errors' names each.";
        return new V1Exception(new V1Problem(kind, detail) { Errors = mistakes });
    }

    public static V1Exception NoTask(string id) => Refuse(ProblemCode.TaskUnknown, $"There is no task '{id}'.");
}

/// <summary>Writes problems.</summary>
internal static class ProblemWriter
{
    private const string MediaType = "application/problem+json";

    public static Task WriteAsync(HttpContext http, V1Problem problem)
    {
        ProblemAnswer answer = new()
        {
            Type = $"urn:milvuscdc:problem:{problem.Kind.Code}",
            Title = problem.Kind.Title,
            Status = problem.Status,
            Detail = problem.Detail,
            Instance = http.Request.Path,
            Code = problem.Kind.Code,
            Errors = problem.Errors,
            Plan = problem.Plan,
        };
        http.Response.StatusCode = problem.Status;
        return http.Response.WriteAsJsonAsync(answer, TaskJson.Options, MediaType, http.RequestAborted);
    }

    /// <summary>The same as a result.</summary>
    public static IResult Result(V1Problem problem) => new ProblemResult(problem);

    private sealed class ProblemResult(V1Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, problem);
    }
}
