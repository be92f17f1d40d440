using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.V1;

/// <summary>A query parameter, for the description of the API.</summary>
internal sealed record QueryParameter(string Name, string Description, string Type);

/// <summary>Says that the operation honours If-Match, for the description of the API.</summary>
internal sealed record HonoursIfMatch;

/// <summary>What a route is called, who may use it, and how it may end.</summary>
internal static class RouteDescriptions
{
    /// <summary>Names a route and who may use it; with <paramref name="action"/> its use is written into the operations log.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string name, string tag, ApiRole role, string? action = null)
    {
        route.WithName(name).WithTags(tag).WithMetadata(new NeedsRole(role));
        return (action is null ? route : route.WithMetadata(new AuditedAs(action))).Fails(401, 403, 500, 503);
    }

    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, bool optional = false)
        where T : notnull => route.Accepts<T>(optional, "application/json");

    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status) => route.Produces<T>(status);

    /// <summary>The statuses with which it answers problems.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (int status in statuses)
        {
            route.Produces<ProblemAnswer>(status, "application/problem+json");
        }

        return route;
    }

    public static RouteHandlerBuilder Query(this RouteHandlerBuilder route, string name, string description, string type = "string") =>
        route.WithMetadata(new QueryParameter(name, description, type));

    public static RouteHandlerBuilder Paged(this RouteHandlerBuilder route) => route
        .Query("limit", $"Entries of the page, 1 to {V1Query.MostLimit}.", "integer").Query("cursor", "The 'next' of the page before.").Fails(400);

    public static RouteHandlerBuilder Conditional(this RouteHandlerBuilder route) => route.WithMetadata(new HonoursIfMatch());
}
