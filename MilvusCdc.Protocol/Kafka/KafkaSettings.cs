using System.Globalization;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>The properties that librdkafka gets: our defaults, the user's own over them, and what must hold over both.</summary>
internal static class KafkaSettings
{
    private static readonly string[] SecretNames = ["password", "secret", "key.pem", "oauthbearer.config", "certificate.pem"];

    /// <summary>The properties of the consumer that reads. <paramref name="queueBytes"/>: what librdkafka itself may hold.</summary>
    public static Dictionary<string, string> ForReading(KafkaSourceLogOptions options, long queueBytes)
    {
        Dictionary<string, string> settings = Basics();

        settings["fetch.error.backoff.ms"] = "100";
        settings["fetch.max.bytes"] = Text(Math.Clamp(queueBytes / 2, 2 << 20, 64 << 20));
        settings["max.partition.fetch.bytes"] = Text(Math.Clamp(queueBytes / 4, 1 << 20, 4 << 20));
        settings["queued.max.messages.kbytes"] = Text(queueBytes >> 10);
        settings["queued.min.messages"] = "100000";
        settings["check.crcs"] = "true";

        // While the reader's own queue is full nothing is polled; that is no reason to give up.
        settings["max.poll.interval.ms"] = "86400000";
        return Finish(settings, options);
    }

    /// <summary>The properties of the handle that asks for bounds and never reads.</summary>
    public static Dictionary<string, string> ForQuestions(KafkaSourceLogOptions options) => Finish(Basics(), options);

    /// <summary><paramref name="text"/> without any secret of the user's settings.</summary>
    public static string WithoutSecrets(string text, KafkaSourceLogOptions options)
    {
        foreach ((string name, string value) in options.Settings)
        {
            if (value.Length > 0 && SecretNames.Any(secret => name.Contains(secret, StringComparison.Ordinal)))
            {
                text = text.Replace(value, "***", StringComparison.Ordinal);
            }
        }

        return text;
    }

    private static Dictionary<string, string> Basics() => new()
    {
        ["client.id"] = "milvus-cdc",

        // The client demands a group; it is never joined and nothing is ever committed to it.
        ["group.id"] = "milvus-cdc-never-committed",

        // A Fetch is answered as soon as there is something; a short wait only lets a channel that is opened or resumed join the next Fetch soon.
        ["fetch.wait.max.ms"] = "10",
        ["socket.keepalive.enable"] = "true",
        ["socket.timeout.ms"] = "20000",
        ["reconnect.backoff.ms"] = "50",
        ["reconnect.backoff.max.ms"] = "1000",
        ["topic.metadata.refresh.interval.ms"] = "5000",
        ["log.connection.close"] = "false",
    };

    private static Dictionary<string, string> Finish(Dictionary<string, string> settings, KafkaSourceLogOptions options)
    {
        foreach ((string name, string value) in options.Settings)
        {
            settings[name] = value;
        }

        settings["bootstrap.servers"] = options.BootstrapServers;
        settings["enable.auto.commit"] = "false";
        settings["enable.auto.offset.store"] = "false";
        settings["auto.offset.reset"] = "error";
        settings["enable.partition.eof"] = "false";
        settings["allow.auto.create.topics"] = "false";
        settings["dotnet.consumer.consume.result.fields"] = "headers,topic";
        return settings;
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
