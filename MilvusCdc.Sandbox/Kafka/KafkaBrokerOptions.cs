using System.Net;
using Microsoft.Extensions.Logging;

namespace MilvusCdc.Sandbox.Kafka;

/// <summary>Where the sandbox's broker listens and what it keeps.</summary>
public sealed class KafkaBrokerOptions
{
    /// <summary>The address to listen on. Default 127.0.0.1.</summary>
    public IPAddress IPAddress { get; set; } = IPAddress.Loopback;

    /// <summary>The port to listen on; 0 (default) takes a free one. A fixed port lets clients come back after a restart.</summary>
    public int Port { get; set; }

    /// <summary>The host name that clients are told to connect to. Default: the address, or 127.0.0.1 when it listens on all.</summary>
    public string? AdvertisedHost { get; set; }

    /// <summary>The folder that holds the log, one folder a topic; null (default) keeps it in memory only.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>Bytes kept of each topic; older segments are dropped beyond it. Default 4 GiB; at least 64 KiB.</summary>
    public long RetentionBytes { get; set; } = 4L << 30;

    /// <summary>Where the broker logs; null: nowhere.</summary>
    public ILoggerFactory? Logging { get; set; }

    // A dropped segment should be a small part of what is kept, and a segment in memory is one array.
    internal int SegmentBytes => (int)Math.Clamp(RetentionBytes / 8, 8 << 10, DataDirectory is null ? 16 << 20 : 64 << 20);

    internal string Host => AdvertisedHost
        ?? (IPAddress.Equals(IPAddress.Any) || IPAddress.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : IPAddress.ToString());

    internal void Check()
    {
        if (Port is < 0 or > 65535)
        {
            throw new ArgumentException($"The broker's port is {Port}; allowed are 0 (a free one) to 65535.");
        }

        if (RetentionBytes < 64 << 10)
        {
            throw new ArgumentException($"The broker's retention is {RetentionBytes} bytes; at least 65536 are allowed.");
        }
    }
}
