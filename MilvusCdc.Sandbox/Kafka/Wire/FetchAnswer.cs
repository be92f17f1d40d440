using MilvusCdc.Sandbox.Kafka.Storage;

namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>Reads batches; when there are too few bytes, waits for an append up to the time that the consumer gave.</summary>
internal sealed class FetchAnswer(TopicStore topics, KafkaBrokerFaults faults, TimeProvider time)
{
    /// <summary>Writes the answer and returns the topics of which it has records.</summary>
    public async Task<List<string>> WriteAsync(WireWriter answer, short version, FetchRequest request, CancellationToken cancellation)
    {
        if (faults.FetchDelay is { Ticks: > 0 } delay)
        {
            await Task.Delay(delay, time, cancellation);
        }

        long started = time.GetTimestamp();
        while (true)
        {
            Task grown = topics.Grown;
            if (IsReady(request))
            {
                break;
            }

            TimeSpan left = TimeSpan.FromMilliseconds(request.MaxWaitMs) - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            // Rounded up: a timer may fire a little early, and a rest of a fraction of a millisecond would spin.
            using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(grown, Task.Delay(left + TimeSpan.FromMilliseconds(1), time, waiting.Token));
            await waiting.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }

        return Write(answer, version, request);
    }

    // The bytes between the wanted offset and the end are not known without reading; any new record counts as enough, as with MinBytes 1.
    private bool IsReady(FetchRequest request)
    {
        if (request.MinBytes <= 0)
        {
            return true;
        }

        foreach (FetchTopic topic in request.Topics)
        {
            TopicLog? log = topics.Find(topic.Name);
            foreach (FetchPartition partition in topic.Partitions)
            {
                if (log is null || partition.Index != 0 || faults.LeaderlessTopics.Contains(topic.Name))
                {
                    return true;
                }

                (long first, long end) = log.Bounds;
                if (partition.Offset < first || partition.Offset > end || (partition.Offset < end && !faults.SilentTopics.Contains(topic.Name)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private List<string> Write(WireWriter answer, short version, FetchRequest request)
    {
        List<string> filled = [];
        answer.Int32(0);
        if (version >= 7)
        {
            answer.Error(KafkaError.None).Int32(0);
        }

        int left = request.MaxBytes;
        bool any = false;
        answer.Int32(request.Topics.Count);
        foreach (FetchTopic topic in request.Topics)
        {
            answer.String(topic.Name).Int32(topic.Partitions.Count);
            foreach (FetchPartition partition in topic.Partitions)
            {
                // The first batch of an answer is given whatever its size; the others only within what is left.
                int sent = WritePartition(answer, version, topic.Name, partition, Math.Min(left, partition.MaxBytes), force: !any);
                left -= sent;
                any |= sent > 0;
                if (sent > 0)
                {
                    filled.Add(topic.Name);
                }
            }
        }

        return filled;
    }

    private int WritePartition(WireWriter answer, short version, string name, FetchPartition wanted, int maxBytes, bool force)
    {
        TopicLog? log = wanted.Index == 0 ? topics.Find(name) : null;
        (long first, long end) = log?.Bounds ?? (-1, -1);
        KafkaError error = faults.LeaderlessTopics.Contains(name) ? KafkaError.NotLeaderOrFollower
            : log is null ? KafkaError.UnknownTopicOrPartition
            : wanted.Offset < first || wanted.Offset > end ? KafkaError.OffsetOutOfRange
            : KafkaError.None;
        BatchBlock? block = null;
        if (error == KafkaError.None && wanted.Offset < end && (force || maxBytes > 0) && !faults.SilentTopics.Contains(name))
        {
            block = log!.Read(Math.Max(first, wanted.Offset - faults.RewindBy), Math.Max(maxBytes, 0));
            if (!force && block is { } read && read.Bytes.Length > maxBytes)
            {
                read.Dispose();
                block = null;
            }
        }

        answer.Int32(wanted.Index).Error(error).Int64(end).Int64(end);
        if (version >= 5)
        {
            answer.Int64(first);
        }

        answer.Int32(0);
        if (version >= 11)
        {
            answer.Int32(-1);
        }

        answer.Records(block);
        return block?.Bytes.Length ?? 0;
    }
}
