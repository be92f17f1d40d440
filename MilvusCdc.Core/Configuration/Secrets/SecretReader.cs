using System.Text.RegularExpressions;

namespace MilvusCdc.Core.Configuration.Secrets;

/// <summary>
/// Follows references to secrets: <c>env:NAME</c> an environment variable of this process, <c>file:/PATH</c> a file on this machine (line breaks at its end are left out).
/// Any other text is the secret itself. A reference is followed each time it is needed, so a secret that was changed is used by the next connection.
/// </summary>
public sealed partial class SecretReader
{
    /// <summary>Environment variables that the requests of clients may name begin with it.</summary>
    public const string StandardPrefix = "CDC_SECRET_";

    private const int LargestFile = 65_536;

    private readonly IReadOnlyList<string>? _folders;
    private readonly string? _prefix;

    /// <summary>Follows what clients may name. They must not be able to send any file of this machine to an address of their choice.</summary>
    /// <param name="folders">Files below these only.</param>
    /// <param name="prefix">Environment variables that begin with it only.</param>
    public SecretReader(IReadOnlyList<string> folders, string prefix) => (_folders, _prefix) = (folders, prefix);

    private SecretReader()
    {
    }

    /// <summary>Follows any reference: for the configuration, which only this machine's operator writes.</summary>
    public static SecretReader Unrestricted { get; } = new();

    /// <summary>Where mounted secrets lie by convention.</summary>
    public static IReadOnlyList<string> StandardFolders { get; } = ["/run/secrets", "/var/run/secrets"];

    /// <summary>For clients, when nothing else is configured.</summary>
    public static SecretReader Standard { get; } = new(StandardFolders, StandardPrefix);

    /// <summary>Whether the text names a secret instead of being one.</summary>
    public static bool IsReference(string text) => Reference().IsMatch(text);

    /// <summary>The secret. Throws <see cref="SecretException"/> when it names one that is not there, or that it may not name.</summary>
    public string Read(string text)
    {
        Match reference = Reference().Match(text);
        return !reference.Success ? text
            : reference.Groups["name"] is { Success: true } name ? ReadVariable(name.Value)
            : ReadFile(reference.Groups["path"].Value);
    }

    /// <summary>A login's text: a reference as a whole, or <c>user:REFERENCE</c>. Null stays null. Throws <see cref="SecretException"/>.</summary>
    public string? ReadLogin(string? token)
    {
        if (token is null || IsReference(token))
        {
            return token is null ? null : Read(token);
        }

        int colon = token.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && IsReference(token[(colon + 1)..]) ? $"{token[..colon]}:{Read(token[(colon + 1)..])}" : token;
    }

    private string ReadVariable(string name)
    {
        if (_prefix is not null && !name.StartsWith(_prefix, StringComparison.Ordinal))
        {
            throw new SecretException($"'env:{name}' may not be named by a client; allowed are environment variables that begin with '{_prefix}' (Cdc:Secrets:VariablePrefix)");
        }

        return Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            ? value
            : throw new SecretException($"the environment variable that 'env:{name}' names is not set for this process");
    }

    private string ReadFile(string path)
    {
        string full = Path.GetFullPath(path);
        if (_folders is not null && !_folders.Any(folder => full.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal)))
        {
            throw new SecretException($"'file:{path}' may not be named by a client; allowed are files in {string.Join(", ", _folders)} (Cdc:Secrets:Folders)");
        }

        try
        {
            FileInfo file = new(full);
            return !file.Exists ? throw new SecretException($"the file that 'file:{path}' names does not exist")
                : file.Length > LargestFile ? throw new SecretException($"the file that 'file:{path}' names has {file.Length} bytes; allowed are at most {LargestFile}")
                : File.ReadAllText(full).TrimEnd('\r', '\n') is { Length: > 0 } secret ? secret
                : throw new SecretException($"the file that 'file:{path}' names is empty");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SecretException($"the file that 'file:{path}' names cannot be read: {fault.Message}", fault);
        }
    }

    [GeneratedRegex("^(env:(?<name>[A-Za-z_][A-Za-z0-9_]*)|file:(?<path>/.+))$", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
