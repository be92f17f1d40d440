namespace MilvusCdc.Protocol.Pulsar;

/// <summary>How the source's Pulsar is reached and how much is read ahead.</summary>
public sealed class PulsarSourceLogOptions
{
    /// <summary><c>pulsar://host:port</c> or <c>pulsar+ssl://host:port</c>; several hosts separated by commas.</summary>
    public string ServiceUrl { get; set; } = "";

    /// <summary>Milvus's <c>pulsar.tenant</c>. Default <c>public</c>.</summary>
    public string Tenant { get; set; } = "public";

    /// <summary>Milvus's <c>pulsar.namespace</c>. Default <c>default</c>.</summary>
    public string Namespace { get; set; } = "default";

    /// <summary>A token for Pulsar's token authentication, or null. Never shown.</summary>
    public string? Token { get; set; }

    /// <summary>A file that holds the token; read anew for every connection. Or null.</summary>
    public string? TokenFile { get; set; }

    /// <summary>User of Pulsar's basic authentication, or null.</summary>
    public string? User { get; set; }

    /// <summary>Password of <see cref="User"/>. Never shown.</summary>
    public string? Password { get; set; }

    /// <summary>PEM file with the authorities that may sign the broker's certificate; null: the system's.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>PEM file with the client certificate, or null.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>PEM file with the client key, or null.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>How people recognise the reader among a topic's subscriptions; a durable subscription has exactly this name. Default <c>milvus-cdc</c>.</summary>
    public string Subscription { get; set; } = "milvus-cdc";

    /// <summary>Whether the broker keeps what was not acknowledged yet, by a durable subscription. Default false: nothing is left on the broker, and retention alone decides.</summary>
    public bool Durable { get; set; }

    /// <summary>How long a question to the broker may take. Default 10 s; 100 ms to 5 min.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a channel may be out of reach before reading fails; until then it is waited for. Default 30 s; 1 s to 1 h.</summary>
    public TimeSpan DownAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence after which the connection is tried with a PING; after twice that time it is given up. Default 30 s; 100 ms to 5 min.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a channel may bring nothing before the broker is asked whether there is something. Default 10 s; 100 ms to 5 min.</summary>
    public TimeSpan QuietAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of messages read ahead, about, over all channels; twice that is never passed by more than a message. Default 64 MiB; 1 MiB to 2 GiB.</summary>
    public long QueueBytes { get; set; } = 64 << 20;

    /// <summary>Every problem as one sentence; none when the options can be used. Secrets are never in it.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> problems = [];
        if (ServiceAddress.Parse(ServiceUrl) is null)
        {
            problems.Add(string.IsNullOrWhiteSpace(ServiceUrl)
                ? "Pulsar's service URL is missing; write pulsar://host:port or pulsar+ssl://host:port, several hosts separated by commas."
                : $"Pulsar's service URL '{ServiceUrl}' is not of the form pulsar://host:port or pulsar+ssl://host:port, several hosts separated by commas.");
        }

        Name(problems, "tenant", Tenant);
        Name(problems, "namespace", Namespace);
        Name(problems, "subscription", Subscription);
        if (new[] { Token, TokenFile, User }.Count(each => each is not null) > 1)
        {
            problems.Add("Pulsar's authentication is stated more than once; allowed is one of token, token file, and user with password.");
        }

        Both(problems, User, Password, "user and password");
        Both(problems, ClientCertificateFile, ClientKeyFile, "client certificate and client key");
        Range(problems, "timeout", Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Range(problems, "limit for a channel out of reach", DownAfter, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Range(problems, "keep-alive", KeepAlive, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Range(problems, "limit for a quiet channel", QuietAfter, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        if (QueueBytes is < 1 << 20 or > 2L << 30)
        {
            problems.Add($"Pulsar's read-ahead is {QueueBytes} bytes; allowed are 1048576 (1 MiB) to 2147483648 (2 GiB).");
        }

        return problems;
    }

    /// <summary>The full name of a channel's topic.</summary>
    internal string TopicOf(string channel) => $"persistent://{Tenant}/{Namespace}/{channel}";

    /// <summary><paramref name="text"/> without any secret.</summary>
    internal string WithoutSecrets(string text)
    {
        foreach (string secret in new[] { Token, Password }.Where(secret => !string.IsNullOrEmpty(secret)).Select(secret => secret!))
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    private static void Name(List<string> problems, string what, string value)
    {
        if (value.Length == 0 || value.Any(letter => char.IsWhiteSpace(letter) || letter == '/'))
        {
            problems.Add($"Pulsar's {what} is '{value}'; allowed is a name without blanks and slashes.");
        }
    }

    private static void Both(List<string> problems, string? one, string? other, string what)
    {
        if (one is null != other is null)
        {
            problems.Add($"Only one of Pulsar's {what} is set; allowed are both or neither.");
        }
    }

    private static void Range(List<string> problems, string what, TimeSpan value, TimeSpan min, TimeSpan max)
    {
        if (value < min || value > max)
        {
            problems.Add($"Pulsar's {what} is {value.TotalSeconds} s; allowed are {min.TotalSeconds} s to {max.TotalSeconds} s.");
        }
    }
}
