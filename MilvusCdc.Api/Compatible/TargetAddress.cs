using System.Globalization;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Compatible;

/// <summary>Turns a stated Milvus parameter into an endpoint: both address forms, the login, TLS files.</summary>
internal static class TargetAddress
{
    private const int StandardConnectSeconds = 5;

    /// <summary>The address text by which targets are compared, as the Go tool derives it.</summary>
    public static string TextOf(MilvusParam milvus)
    {
        if (milvus.Uri.Length > 0)
        {
            return milvus.Uri;
        }

        if (milvus.Host.Contains("http://", StringComparison.Ordinal) || milvus.Host.Contains("https://", StringComparison.Ordinal))
        {
            return milvus.Host;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(milvus.EnableTls ? "https" : "http")}://{milvus.Host}:{milvus.Port}");
    }

    /// <summary>Throws <see cref="CdcRequestException"/> when the address is none.</summary>
    public static TargetEndpoint Parse(MilvusParam milvus)
    {
        string text = TextOf(milvus);
        bool plain = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        bool secure = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        string whole = plain || secure ? text : $"tcp://{text}";
        if (whole.Contains(' ', StringComparison.Ordinal))
        {
            throw CdcRequestException.Server($"fail to connect the milvus: milvus address parse fail: parse \"{whole}\": invalid character \" \" in host name");
        }

        DialConfig dial = milvus.Dial;
        bool oneWay = dial.ServerPem.Length > 0;
        bool mutual = !oneWay && dial.CaPem.Length > 0 && dial.ClientPem.Length > 0 && dial.ClientKey.Length > 0;
        string rest = plain ? text[7..] : secure ? text[8..] : text;
        string scheme = secure || oneWay || mutual ? "https" : "http";
        if (rest.Contains("://", StringComparison.Ordinal) || !Uri.TryCreate($"{scheme}://{rest}", UriKind.Absolute, out Uri? address) || address.Host.Length == 0)
        {
            throw CdcRequestException.Server($"fail to connect the milvus: milvus address parse fail: '{Masked(text)}' is no address; allowed is http://host:port, https://host:port or host:port");
        }

        string[] files = oneWay ? [dial.ServerPem] : mutual ? [dial.ClientPem, dial.ClientKey, dial.CaPem] : [];
        if (Array.Find(files, static file => !File.Exists(file)) is { } missing)
        {
            throw CdcRequestException.Server($"fail to connect the milvus: open {missing}: no such file or directory");
        }

        int seconds = (int)Math.Min(milvus.ConnectTimeout, 3600);
        return new TargetEndpoint
        {
            Address = new Uri(address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)),
            Token = milvus.Token.Length > 0 ? milvus.Token : milvus.Username.Length > 0 ? $"{milvus.Username}:{milvus.Password}" : null,
            ConnectTimeout = TimeSpan.FromSeconds(seconds == 0 ? StandardConnectSeconds : seconds),
            AuthorityFile = oneWay ? dial.ServerPem : mutual ? dial.CaPem : null,
            ClientCertificateFile = mutual ? dial.ClientPem : null,
            ClientKeyFile = mutual ? dial.ClientKey : null,
            ServerName = dial.ServerName.Length > 0 ? dial.ServerName : null,
            IgnorePartitions = milvus.IgnorePartition,
            ChannelCount = (int)Math.Clamp(milvus.ChannelCount, int.MinValue, int.MaxValue),
        };
    }

    /// <summary>An address without the login it may hold.</summary>
    public static string Masked(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        int start = scheme < 0 ? 0 : scheme + 3;
        int slash = address.IndexOf('/', start);
        int at = address.LastIndexOf('@', (slash < 0 ? address.Length : slash) - 1);
        return at < start || address.Length == 0 ? address : $"{address[..start]}***@{address[(at + 1)..]}";
    }
}
