using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Targets;

/// <summary>Whether a Milvus can be a target.</summary>
internal interface ITargetProbe
{
    /// <summary>Null: it can. Else one sentence with the address, what was met and what to do. Ends within the endpoint's connect timeout.</summary>
    Task<string?> FindObstacleAsync(TargetEndpoint target, CancellationToken cancellation);
}
