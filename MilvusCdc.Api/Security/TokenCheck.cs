using System.Security.Cryptography;
using System.Text;
using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.Security;

/// <summary>What the request's credentials are.</summary>
internal enum TokenVerdict
{
    /// <summary>None were given.</summary>
    Missing,

    /// <summary>They are not accepted.</summary>
    Wrong,

    /// <summary>They are a token's.</summary>
    Accepted,
}

/// <summary>Finds the token of a request: <c>Authorization: Bearer TOKEN</c>, or <c>Basic</c> with the token as password, which is what browsers can ask for.</summary>
internal sealed class TokenCheck(CdcOptions options)
{
    private const int LongestToken = 1024;

    /// <summary>The caller when the verdict is Accepted.</summary>
    public (TokenVerdict Verdict, Caller? Caller) Check(string? authorization)
    {
        if (string.IsNullOrEmpty(authorization))
        {
            return (TokenVerdict.Missing, null);
        }

        if (TokenOf(authorization) is not { Length: > 0 and <= LongestToken } token)
        {
            return (TokenVerdict.Wrong, null);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        ApiToken? found = null;
        foreach (ApiToken known in options.Api.Tokens)
        {
            // All are compared, each in constant time: how long it takes tells nothing.
            found = CryptographicOperations.FixedTimeEquals(known.Hash.Span, hash) ? known : found;
        }

        return found is null ? (TokenVerdict.Wrong, null) : (TokenVerdict.Accepted, new Caller(found.Name, found.Role));
    }

    private static string? TokenOf(string authorization)
    {
        int blank = authorization.IndexOf(' ', StringComparison.Ordinal);
        string value = blank < 0 ? "" : authorization[(blank + 1)..].Trim();
        string scheme = blank < 0 ? authorization : authorization[..blank];
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return value;
        }

        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        byte[] login = new byte[value.Length];
        if (!Convert.TryFromBase64String(value, login, out int length))
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(login, 0, length);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : text[(colon + 1)..];
    }
}
