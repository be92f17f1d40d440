using System.Text.RegularExpressions;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>How the source's Kafka is reached and how much is read ahead.</summary>
public sealed partial class KafkaSourceLogOptions
{
    /// <summary>The brokers to begin with: <c>host:port</c>, several separated by commas.</summary>
    public string BootstrapServers { get; set; } = "";

    /// <summary>
    /// Any property of a librdkafka consumer by its own name (<c>security.protocol</c>, <c>sasl.password</c>, <c>ssl.ca.location</c>…). They win over our settings but for those
    /// on which correct reading rests: auto commit, offset reset, partition EOF, topic creation.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; set; } = new Dictionary<string, string>();

    /// <summary>How long a question to the brokers (bounds, metadata) may take. Default 10 s; 100 ms to 5 min.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long all brokers may be out of reach before reading fails; until then it waits for them. Default 30 s; 1 s to 1 h.</summary>
    public TimeSpan DownAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of messages read ahead, about, over all channels. Default 64 MiB; 1 MiB to 2 GiB.</summary>
    public long QueueBytes { get; set; } = 64 << 20;

    /// <summary>Every problem as one sentence; none when the options can be used. Secrets are never in it.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(BootstrapServers))
        {
            problems.Add("Kafka's bootstrap servers are missing; write host:port, several separated by commas.");
        }
        else
        {
            problems.AddRange(BootstrapServers.Split(',', StringSplitOptions.TrimEntries).Where(server => !IsServer(server))
                .Select(server => $"Kafka's bootstrap server '{server}' is not of the form host:port with a port from 1 to 65535."));
        }

        Range(problems, "timeout", Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Range(problems, "limit for brokers out of reach", DownAfter, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (QueueBytes is < 1 << 20 or > 2L << 30)
        {
            problems.Add($"Kafka's read-ahead is {QueueBytes} bytes; allowed are 1048576 (1 MiB) to 2147483648 (2 GiB).");
        }

        problems.AddRange(Settings.Keys.Where(name => !PropertyName().IsMatch(name))
            .Select(name => $"Kafka's setting '{name}' is not a property name of librdkafka: lower-case words with dots, such as security.protocol."));
        return problems;
    }

    private static bool IsServer(string server)
    {
        int colon = server.LastIndexOf(':');
        return colon > 0 && int.TryParse(server.AsSpan(colon + 1), out int port) && port is > 0 and <= 65535;
    }

    private static void Range(List<string> problems, string what, TimeSpan value, TimeSpan min, TimeSpan max)
    {
        if (value < min || value > max)
        {
            problems.Add($"Kafka's {what} is {value}; allowed are {min} to {max}.");
        }
    }

    [GeneratedRegex(@"^[a-z0-9_]+(\.[a-z0-9_]+)*$")]
    private static partial Regex PropertyName();
}
