using System.Globalization;

namespace MilvusCdc.Core.Configuration;

/// <summary>What a token of the API allows.</summary>
public enum ApiRole
{
    /// <summary>To see everything.</summary>
    Reader,

    /// <summary>To see and to change everything.</summary>
    Operator,
}

/// <summary>One token that the API accepts.</summary>
/// <param name="Name">How its holder is called in the operations log.</param>
/// <param name="Role">What it allows.</param>
/// <param name="Hash">SHA-256 of the token's UTF-8 bytes; the token itself is never kept.</param>
public sealed record ApiToken(string Name, ApiRole Role, ReadOnlyMemory<byte> Hash);

/// <summary>Reads <c>Api:Tokens</c>, a list of names, roles and hashes.</summary>
internal static class ApiTokens
{
    private const string At = "Api:Tokens";
    private const int LongestName = 100;
    private const int HashDigits = 64;

    public static IReadOnlyList<ApiToken> Read(ConfigurationKeys keys)
    {
        IReadOnlyList<string> items = keys.Items(At);
        string?[] names = keys.Column(At, "Name", $"1 to {LongestName} characters", "What the operations log calls the holder of a token that the API accepts. With one or more tokens, every call needs one.");
        string?[] roles = keys.Column(At, "Role", $"`{ApiRole.Reader}` or `{ApiRole.Operator}`", "What the token allows: to see, or to see and change.");
        string?[] hashes = keys.Column(At, "Sha256", "the 64 hex digits that `cdcctl token` prints", "SHA-256 of the token; the token itself stands nowhere.", isSecret: true);
        List<ApiToken> tokens = [];
        for (int item = 0; item < items.Count; item++)
        {
            bool fine = true;
            string name = names[item] ?? "", role = roles[item] ?? "", hash = hashes[item] ?? "";
            if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
            {
                fine = keys.Wrong($"{items[item]}:Name", name, $"1 to {LongestName} characters");
            }

            if (!Enum.TryParse(role, ignoreCase: true, out ApiRole parsed) || !Enum.IsDefined(parsed) || char.IsAsciiDigit(role[0]))
            {
                fine = keys.Wrong($"{items[item]}:Role", role, $"{ApiRole.Reader} or {ApiRole.Operator}");
            }

            // Never shown: somebody may have put the token itself there.
            if (hash.Length != HashDigits || !hash.All(char.IsAsciiHexDigit))
            {
                fine = false;
                keys.Mistake(string.Create(CultureInfo.InvariantCulture, $"{CdcOptions.Section}:{items[item]}:Sha256 has {hash.Length} characters; allowed are the {HashDigits} hex digits that 'cdcctl token' prints"));
            }

            if (fine)
            {
                tokens.Add(new ApiToken(name, parsed, Convert.FromHexString(hash)));
            }
        }

        foreach (string twice in tokens.GroupBy(static token => token.Name, StringComparer.Ordinal).Where(static group => group.Count() > 1).Select(static group => group.Key))
        {
            keys.Mistake($"{CdcOptions.Section}:{At} has the name '{twice}' more than once; allowed is a name of its own for each token");
        }

        return tokens;
    }
}
