using System.Globalization;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>Where a broker (or a proxy before it) listens.</summary>
internal sealed record ServiceAddress(string Host, int Port, bool Tls)
{
    private const string Plain = "pulsar://";
    private const string Secure = "pulsar+ssl://";

    /// <summary><c>host:port</c>.</summary>
    public string HostAndPort => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>Reads <c>pulsar://a:6650,b:6650</c> or <c>pulsar+ssl://…</c>; null when it is neither.</summary>
    public static IReadOnlyList<ServiceAddress>? Parse(string url)
    {
        bool tls = url.StartsWith(Secure, StringComparison.OrdinalIgnoreCase);
        if (!tls && !url.StartsWith(Plain, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string[] hosts = url[(tls ? Secure.Length : Plain.Length)..].TrimEnd('/').Split(',', StringSplitOptions.TrimEntries);
        List<ServiceAddress> addresses = [];
        foreach (string host in hosts)
        {
            if (!Uri.TryCreate($"tcp://{host}", UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.PathAndQuery is not ("/" or ""))
            {
                return null;
            }

            addresses.Add(new ServiceAddress(uri.Host, uri.IsDefaultPort || uri.Port < 0 ? tls ? 6651 : 6650 : uri.Port, tls));
        }

        return addresses;
    }

    public override string ToString() => $"{(Tls ? Secure : Plain)}{HostAndPort}";
}
