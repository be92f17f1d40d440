using System.Net;

namespace MilvusCdc.Api.Security;

/// <summary>Where the configuration tells the process to listen.</summary>
internal static class ListenAddresses
{
    /// <summary>The addresses that other machines can reach.</summary>
    public static IReadOnlyList<string> BeyondThisMachine(IConfiguration configuration)
    {
        List<string> stated = [.. Split(configuration["urls"])];
        foreach ((string key, string scheme) in (IEnumerable<(string, string)>)[("http_ports", "http"), ("https_ports", "https")])
        {
            // Ports alone are those of all interfaces; addresses in 'urls' win over them.
            stated.AddRange(configuration["urls"] is { Length: > 0 } ? [] : Split(configuration[key]).Select(port => $"{scheme}://*:{port}"));
        }

        stated.AddRange(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(static endpoint => endpoint["Url"]).OfType<string>());
        return [.. stated.Where(static address => !IsLoopback(address))];
    }

    /// <summary>Whether a host, with or without brackets, is this machine's loopback.</summary>
    public static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    // Kestrel takes http://*:80 and http://+:80, which are no URIs. A unix socket is on this machine.
    private static bool IsLoopback(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        string rest = scheme < 0 ? address : address[(scheme + 3)..];
        if (rest.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("pipe:", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        string authority = rest.Split('/')[0];
        int colon = authority.LastIndexOf(':');
        bool port = colon > authority.LastIndexOf(']');
        return IsLoopbackHost(port ? authority[..colon] : authority);
    }

    private static string[] Split(string? list) => (list ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
