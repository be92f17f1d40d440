using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.Security;

/// <summary>Whether where the process listens fits whom the API asks for a token.</summary>
public static class ListenerCheck
{
    /// <summary>What is wrong, as a sentence for whoever configures it; null: nothing is.</summary>
    public static string? FindMistake(IConfiguration configuration, ApiOptions options) =>
        !options.AsksForTokens && !options.AllowAnonymous && ListenAddresses.BeyondThisMachine(configuration) is { Count: > 0 } open
            ? $"the API would listen at {string.Join(", ", open)} for other machines and ask nobody for a token; allowed is to add tokens (Cdc:Api:Tokens, see docs/security.md), to listen at 127.0.0.1 only, "
                + "or to set Cdc:Api:AllowAnonymous=true when something in front of it asks for a login"
            : null;
}
