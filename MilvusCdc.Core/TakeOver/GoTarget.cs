using System.Globalization;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.TakeOver;

/// <summary>Turns the Go tool's stored target into an endpoint.</summary>
internal static class GoTarget
{
    private const int StandardConnectSeconds = 5;

    /// <summary>The endpoint, or the reason why there is none.</summary>
    public static (TargetEndpoint? Endpoint, string? Obstacle) Read(GoMilvus stored)
    {
        string text = stored.Uri.Length > 0 ? stored.Uri
            : stored.Host.Contains("://", StringComparison.Ordinal) ? stored.Host
            : string.Create(CultureInfo.InvariantCulture, $"{(stored.EnableTls ? "https" : "http")}://{stored.Host}:{stored.Port}");
        GoDial dial = stored.Dial ?? new GoDial();
        bool oneWay = dial.ServerPem.Length > 0;
        bool mutual = !oneWay && dial.CaPem.Length > 0 && dial.ClientPem.Length > 0 && dial.ClientKey.Length > 0;
        bool secure = oneWay || mutual || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        string rest = text[(text.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0)..];
        if (!Uri.TryCreate($"{(secure ? "https" : "http")}://{rest}", UriKind.Absolute, out Uri? address) || address.Host.Length == 0)
        {
            return (null, "its target's address is none; allowed is http://host:port, https://host:port or host:port");
        }

        string[] files = oneWay ? [dial.ServerPem] : mutual ? [dial.CaPem, dial.ClientPem, dial.ClientKey] : [];
        if (Array.Find(files, static file => !File.Exists(file)) is { } missing)
        {
            return (null, $"the TLS file '{missing}' is not on this machine; copy it from the Go tool's machine to the same path");
        }

        return (new TargetEndpoint
        {
            Address = new Uri(address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)),
            Token = stored.Token.Length > 0 ? stored.Token : stored.Username.Length > 0 ? $"{stored.Username}:{stored.Password}" : null,
            ConnectTimeout = TimeSpan.FromSeconds(stored.ConnectTimeout is > 0 and <= 3600 ? stored.ConnectTimeout : StandardConnectSeconds),
            AuthorityFile = oneWay ? dial.ServerPem : mutual ? dial.CaPem : null,
            ClientCertificateFile = mutual ? dial.ClientPem : null,
            ClientKeyFile = mutual ? dial.ClientKey : null,
            ServerName = dial.ServerName.Length > 0 ? dial.ServerName : null,
            IgnorePartitions = stored.IgnorePartition,
            ChannelCount = stored.ChannelCount,
        }, null);
    }
}
