using System.Globalization;
using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.Security;

/// <summary>One token that is accepted.</summary>
/// <param name="Name">How its holder is called in the operations log.</param>
/// <param name="Role">What it allows.</param>
/// <param name="Hash">SHA-256 of the token's UTF-8 bytes; the token itself is never kept.</param>
internal sealed record ApiToken(string Name, ApiRole Role, byte[] Hash);

/// <summary>Who may use the API. Section <c>Cdc:Api</c>.</summary>
internal sealed record SecurityOptions
{
    /// <summary>Accepted tokens, <c>Tokens:N:Name|Role|Sha256</c>. Default none: then everybody may do everything, on this machine only.</summary>
    public required IReadOnlyList<ApiToken> Tokens { get; init; }

    /// <summary>Whether the API may be reached from other machines although it asks for no token. Default false.</summary>
    public required bool AllowAnonymous { get; init; }

    /// <summary>Whether a token must be shown.</summary>
    public bool AsksForTokens => Tokens.Count > 0;

    /// <summary>Reads the section and checks where the process is told to listen. Throws <see cref="CdcConfigurationException"/> with all mistakes.</summary>
    public static SecurityOptions Read(IConfiguration configuration)
    {
        List<string> mistakes = [];
        List<ApiToken> tokens = [];
        foreach (IConfigurationSection section in configuration.GetSection("Cdc:Api:Tokens").GetChildren())
        {
            ReadToken(section, tokens, mistakes);
        }

        foreach (string name in tokens.GroupBy(static token => token.Name, StringComparer.Ordinal).Where(static group => group.Count() > 1).Select(static group => group.Key))
        {
            mistakes.Add($"Cdc:Api:Tokens has the name '{name}' more than once; allowed is a name of its own for each token");
        }

        string anonymous = configuration["Cdc:Api:AllowAnonymous"] ?? "false";
        if (!bool.TryParse(anonymous, out bool allow))
        {
            mistakes.Add($"Cdc:Api:AllowAnonymous is '{anonymous}'; allowed is true or false");
        }

        SecurityOptions options = new() { Tokens = tokens, AllowAnonymous = allow };
        if (!options.AsksForTokens && !allow && ListenAddresses.BeyondThisMachine(configuration) is { Count: > 0 } open)
        {
            mistakes.Add(
                $"the API would listen at {string.Join(", ", open)} for other machines and ask nobody for a token; allowed is to add tokens (Cdc:Api:Tokens, see docs/security.md), to listen at 127.0.0.1 only, "
                + "or to set Cdc:Api:AllowAnonymous=true when something in front of it asks for a login");
        }

        return mistakes.Count == 0 ? options : throw new CdcConfigurationException(mistakes);
    }

    private static void ReadToken(IConfigurationSection section, List<ApiToken> tokens, List<string> mistakes)
    {
        string name = section["Name"] ?? "";
        string role = section["Role"] ?? "";
        string hash = section["Sha256"] ?? "";
        int before = mistakes.Count;
        if (name.Length is 0 or > 100 || name.Any(char.IsControl))
        {
            mistakes.Add($"{section.Path}:Name is '{name}'; allowed are 1 to 100 characters");
        }

        if (!Enum.TryParse(role, ignoreCase: true, out ApiRole parsed) || !Enum.IsDefined(parsed) || char.IsAsciiDigit(role[0]))
        {
            mistakes.Add($"{section.Path}:Role is '{role}'; allowed are Reader and Operator");
        }

        // Never shown: somebody may have put the token itself there.
        if (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit))
        {
            mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{section.Path}:Sha256 has {hash.Length} characters; allowed are the 64 hex digits that 'cdcctl token' prints"));
        }

        if (mistakes.Count == before)
        {
            tokens.Add(new ApiToken(name, parsed, Convert.FromHexString(hash)));
        }
    }
}
