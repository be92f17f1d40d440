using Confluent.Kafka;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>
/// Wakes librdkafka's broker threads. When its queue was full, librdkafka 2.0.2 looks only once a second whether there is room again: reading would go at one queue a second
/// (measured: 12 MB/s with a queue of 4 MiB). A small question to the broker wakes the thread that fetches.
/// </summary>
internal sealed class FetchNudge(IConsumer<Ignore, byte[]> consumer, Func<IEnumerable<TopicPartition>> partitions, long everyBytes)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(1);
    private long _bytes;
    private Task _asking = Task.CompletedTask;

    /// <summary>Called by the polling thread for every message.</summary>
    public void Count(int bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) >= everyBytes && _asking.IsCompleted)
        {
            _asking = Task.Run(Ask);
        }
    }

    /// <summary>Completes when no question is on its way any more; to be awaited after the polling thread has ended.</summary>
    public Task EndAsync() => _asking;

    private void Ask()
    {
        // Again when as much was taken meanwhile: the last question must come after the queue had room.
        while (Interlocked.Read(ref _bytes) >= everyBytes)
        {
            Interlocked.Exchange(ref _bytes, 0);
            try
            {
                consumer.OffsetsForTimes(partitions().Select(each => new TopicPartitionTimestamp(each, KafkaBoundsQuery.Latest)), Within);
            }
            catch (KafkaException)
            {
                // The answer is of no interest.
            }
        }
    }
}
