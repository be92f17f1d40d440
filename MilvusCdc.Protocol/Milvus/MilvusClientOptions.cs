namespace MilvusCdc.Protocol.Milvus;

/// <summary>How a <see cref="MilvusClient"/> reaches its instance.</summary>
public sealed class MilvusClientOptions
{
    /// <summary><c>http://host:19530</c>, or https:// for TLS.</summary>
    public required Uri Address { get; set; }

    /// <summary><c>user:password</c> or an API key; null: none.</summary>
    public string? Token { get; set; }

    /// <summary>The database that a call concerns when it names none. Default <c>default</c>.</summary>
    public string Database { get; set; } = "default";

    /// <summary>PEM file with the authorities to trust instead of the system's.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>PEM file with the client's certificate; needs <see cref="ClientKeyFile"/>.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>PEM file with the client's private key.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>The name the server's certificate must have; null: the address's host.</summary>
    public string? ServerName { get; set; }

    /// <summary>How long a TCP and TLS connect, and the Connect call, may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long any other call may take. Default 30 s.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Every problem of these settings, one sentence each; empty when there is none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> problems = [];
        if (!Address.IsAbsoluteUri || Address.Scheme is not ("http" or "https") || Address.PathAndQuery != "/")
        {
            problems.Add($"The Milvus address '{Address}' must be a URL like http://host:19530.");
        }

        if (Database.Length == 0)
        {
            problems.Add("The Milvus database must not be empty; its default is 'default'.");
        }

        if (ClientCertificateFile is null != ClientKeyFile is null)
        {
            problems.Add("The Milvus client certificate and its key file must be given together.");
        }

        foreach (string? file in new[] { AuthorityFile, ClientCertificateFile, ClientKeyFile })
        {
            if (file is not null && !File.Exists(file))
            {
                problems.Add($"The Milvus TLS file '{file}' does not exist.");
            }
        }

        if (ConnectTimeout <= TimeSpan.Zero || CallTimeout <= TimeSpan.Zero)
        {
            problems.Add("The Milvus time-outs must be longer than zero.");
        }

        return problems;
    }
}
