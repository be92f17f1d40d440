using System.CommandLine;

namespace MilvusCdc.Cli;

/// <summary>Options of every command.</summary>
internal static class GlobalOptions
{
    private const string StandardServer = "http://127.0.0.1:8444";

    public static readonly Option<string?> Server = new("--server", "-s") { Description = $"The server's address. Default: CDCCTL_SERVER, else {StandardServer}.", Recursive = true, HelpName = "address" };

    public static readonly Option<string?> TokenFile = new("--token-file") { Description = "A file with the token. Default: CDCCTL_TOKEN_FILE, or the token itself in CDCCTL_TOKEN.", Recursive = true, HelpName = "file" };

    public static readonly Option<bool> Json = new("--json") { Description = "Print the API's own answer, for scripts.", Recursive = true };

    public static readonly Option<double> Timeout = new("--timeout") { Description = "Seconds that one call may take.", Recursive = true, DefaultValueFactory = static _ => 100, HelpName = "seconds" };

    /// <summary>Throws <see cref="UsageException"/>.</summary>
    public static Context Open(ParseResult parsed, Surroundings surroundings)
    {
        string server = parsed.GetValue(Server) ?? surroundings.Environment("CDCCTL_SERVER") ?? StandardServer;
        if (!Uri.TryCreate(server, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https") || address.PathAndQuery is not "/")
        {
            throw new UsageException($"The server is '{server}'; allowed is an address such as {StandardServer}, without a path.");
        }

        double seconds = parsed.GetValue(Timeout);
        if (seconds is not (> 0 and <= 3600))
        {
            throw new UsageException($"--timeout is {seconds}; allowed is more than 0 and at most 3600 seconds.");
        }

        return new Context(surroundings, new ApiClient(address, ReadToken(parsed, surroundings), TimeSpan.FromSeconds(seconds)), parsed.GetValue(Json));
    }

    // Not an option: what stands on a command line, every user of the machine can see.
    private static string? ReadToken(ParseResult parsed, Surroundings surroundings)
    {
        if ((parsed.GetValue(TokenFile) ?? surroundings.Environment("CDCCTL_TOKEN_FILE")) is not { Length: > 0 } file)
        {
            return surroundings.Environment("CDCCTL_TOKEN") is { Length: > 0 } token ? token.Trim() : null;
        }

        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The token file '{file}' cannot be read: {unreadable.Message}");
        }
    }
}
