using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>Where the sandbox's Pulsar listens, and how it is set up. It listens on 127.0.0.1.</summary>
public sealed class PulsarBrokerOptions
{
    /// <summary>The port to listen on; 0 (default) takes a free one. A fixed port lets clients come back after a restart.</summary>
    public int Port { get; set; }

    /// <summary>What the broker holds; null (default): a store of its own. A broker that is started with the store of one that was stopped goes on in new ledgers, as a real one does.</summary>
    public PulsarTopicStore? Store { get; set; }

    /// <summary>Default <c>public</c>.</summary>
    public string Tenant { get; set; } = "public";

    /// <summary>Default <c>default</c>.</summary>
    public string Namespace { get; set; } = "default";

    /// <summary>Whether a topic that is subscribed to is made. Default false; a real broker's default is true.</summary>
    public bool AutoCreateTopics { get; set; }

    /// <summary>What CONNECTED tells. Default 5 MiB.</summary>
    public int MaxMessageSize { get; set; } = 5 << 20;

    /// <summary>Default 30 s: PING at each, and an end after two without a word of the client.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The token that clients must show; null: none.</summary>
    public string? Token { get; set; }

    /// <summary><c>user:password</c> that clients must show; null: none.</summary>
    public string? Basic { get; set; }

    /// <summary>Turns TLS on.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>With TLS: whether clients must show a certificate (any).</summary>
    public bool WantsClientCertificate { get; set; }

    /// <summary>Where the broker logs; null: nowhere.</summary>
    public ILoggerFactory? Logging { get; set; }
}
