using Confluent.Kafka;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Makes a consumer out of settings.</summary>
internal static class KafkaClient
{
    /// <summary>Throws <see cref="ArgumentException"/>, without secrets, for a property that librdkafka does not know or a value that it does not take.</summary>
    public static IConsumer<Ignore, TValue> Build<TValue>(
        Dictionary<string, string> settings, KafkaSourceLogOptions options, Action<Error> onError, Action<Confluent.Kafka.LogMessage> log)
    {
        try
        {
            return new ConsumerBuilder<Ignore, TValue>(settings)
                .SetErrorHandler((_, error) => onError(error))
                .SetLogHandler((_, line) => log(line))
                .Build();
        }
        catch (Exception refused) when (refused is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new ArgumentException($"Kafka's settings are refused by librdkafka: {KafkaSettings.WithoutSecrets(refused.Message, options)}", nameof(options));
        }
    }
}
