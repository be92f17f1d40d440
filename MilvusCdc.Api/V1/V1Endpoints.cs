using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary><c>/api/v1</c>: everything a person or a program does with MilvusCdc.</summary>
internal static class V1Endpoints
{
    public static void MapV1(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder v1 = routes.MapGroup("/api/v1").AddEndpointFilter<RouteGroupBuilder, V1Filter>();
        v1.MapGet("/version", Version).Describe("getVersion", "Server", ApiRole.Reader).Answers<VersionAnswer>(200);
        v1.MapGet("/me", Me).Describe("getCaller", "Server", ApiRole.Reader).Answers<CallerAnswer>(200);
        TaskEndpoints.Map(v1);
        ProgressEndpoints.Map(v1);
        PlanEndpoints.Map(v1);
        CheckpointEndpoints.Map(v1);
        LetterEndpoints.Map(v1);
        WorkerEndpoints.Map(v1);
        OperationEndpoints.Map(v1);
        EventEndpoints.Map(v1);
    }

    /// <summary>The API writes what the worker publishes in the same form.</summary>
    public static void Use(JsonSerializerOptions json)
    {
        json.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        json.Encoder = TaskJson.Options.Encoder;
        json.NumberHandling = JsonNumberHandling.Strict;
        foreach (JsonConverter converter in TaskJson.Options.Converters)
        {
            json.Converters.Add(converter);
        }
    }

    /// <summary>What runs here.</summary>
    public static VersionAnswer Version() => new(
        typeof(V1Endpoints).Assembly.GetCustomAttribute<AssemblyProductAttribute>()?.Product ?? "MilvusCdc",
        typeof(V1Endpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        "v1");

    /// <summary>Who the caller is, by the token that was sent.</summary>
    public static CallerAnswer Me(HttpContext http)
    {
        Caller caller = Caller.Of(http);
        return new CallerAnswer(caller.Name, caller.Role.ToString());
    }
}
