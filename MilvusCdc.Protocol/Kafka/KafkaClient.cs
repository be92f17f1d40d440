using Confluent.Kafka;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Makes a consumer out of settings.</summary>
internal static class KafkaClient
{
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(3);

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

    /// <summary>
    /// Ends the consumer; false when it does not end. librdkafka 2.0.2 waits for ever on a thread of its own when a topic that was assigned has been deleted:
    /// such a consumer is left behind, idle, until the process ends.
    /// </summary>
    public static async Task<bool> EndAsync<TValue>(IConsumer<Ignore, TValue> consumer, TimeProvider time)
    {
        Task ending = Task.Factory.StartNew(() => End(consumer), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await Task.WhenAny(ending, Task.Delay(EndWithin, time)) == ending;
    }

    private static void End<TValue>(IConsumer<Ignore, TValue> consumer)
    {
        try
        {
            consumer.Close();
        }
        catch (KafkaException)
        {
            // Nothing is committed and no group is left: what fails in closing is of no interest.
        }

        consumer.Dispose();
    }
}
