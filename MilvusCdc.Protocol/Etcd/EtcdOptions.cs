namespace MilvusCdc.Protocol.Etcd;

/// <summary>How an <see cref="EtcdClient"/> reaches its cluster.</summary>
public sealed class EtcdOptions
{
    /// <summary>The members: <c>host:port</c>, or a URL that begins with http:// or https://. Without a scheme it is https when a TLS file is given.</summary>
    public IReadOnlyList<string> Endpoints { get; set; } = [];

    /// <summary>The user's name when the cluster asks for one.</summary>
    public string? User { get; set; }

    /// <summary>The user's password.</summary>
    public string? Password { get; set; }

    /// <summary>PEM file with the authorities to trust instead of the system's.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>PEM file with the client's certificate; needs <see cref="ClientKeyFile"/>.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>PEM file with the client's private key.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>The name the members' certificates must have; null: each endpoint's host.</summary>
    public string? ServerName { get; set; }

    /// <summary>How long one call to one member may take. Default 5 s; 100 ms to 5 min.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a member with open calls is pinged; etcd counts pings that come more often than every 5 s as abuse.</summary>
    internal TimeSpan PingDelay { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long the answer to a ping may take. With the delay, and HttpClient's check every quarter of this, a dead member is noticed within 12 s.</summary>
    internal TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Every problem of these settings, one sentence each; empty when there is none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> problems = [];
        if (Endpoints.Count == 0)
        {
            problems.Add("etcd needs at least one endpoint, for example '127.0.0.1:2379'.");
        }

        foreach (string endpoint in Endpoints)
        {
            if (Parse(endpoint) is null)
            {
                problems.Add($"The etcd endpoint '{endpoint}' is neither host:port nor a URL like http://host:2379.");
            }
        }

        if (string.IsNullOrEmpty(User) != string.IsNullOrEmpty(Password))
        {
            problems.Add("The etcd user and its password must be given together.");
        }

        if (ClientCertificateFile is null != ClientKeyFile is null)
        {
            problems.Add("The etcd client certificate and its key file must be given together.");
        }

        foreach (string? file in new[] { AuthorityFile, ClientCertificateFile, ClientKeyFile })
        {
            if (file is not null && !File.Exists(file))
            {
                problems.Add($"The etcd TLS file '{file}' does not exist.");
            }
        }

        if (Timeout < TimeSpan.FromMilliseconds(100) || Timeout > TimeSpan.FromMinutes(5))
        {
            problems.Add($"The etcd timeout is {Timeout}; it must be between 100 ms and 5 min.");
        }

        return problems;
    }

    /// <summary>An endpoint as a URL, or null when it is none.</summary>
    internal Uri? Parse(string endpoint)
    {
        bool tls = AuthorityFile is not null || ClientCertificateFile is not null;
        string url = endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{(tls ? "https" : "http")}://{endpoint}";
        bool usable = Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed)
            && parsed is { Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "" }
            && parsed.Host.Length > 0
            && url.AsSpan(url.IndexOf("://", StringComparison.Ordinal) + 3).LastIndexOf(':') > url.AsSpan(url.IndexOf("://", StringComparison.Ordinal) + 3).LastIndexOf(']');
        return usable ? parsed : null;
    }
}
