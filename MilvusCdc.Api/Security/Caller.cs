using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.Security;

/// <summary>Endpoint metadata: who may call it. <see langword="null"/> is everybody.</summary>
internal sealed record NeedsRole(ApiRole? Role);

/// <summary>Who made a request.</summary>
/// <param name="Name">The token's name; <c>anonymous</c> when none is asked for.</param>
/// <param name="Role">What it allows.</param>
internal sealed record Caller(string Name, ApiRole Role)
{
    /// <summary>Who calls an API that asks for no token.</summary>
    public static Caller Anonymous { get; } = new("anonymous", ApiRole.Operator);

    /// <summary>Whether the caller may do what needs a role.</summary>
    public bool May(ApiRole needed) => Role >= needed;

    /// <summary>The caller of a request that has passed the gate.</summary>
    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? Anonymous;
}
