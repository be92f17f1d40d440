using MilvusCdc.Sandbox.Kafka.Storage;

namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>Appends batches exactly as they came, but for their base offset.</summary>
internal static class ProduceAnswer
{
    /// <summary>Returns whether the producer wants an answer.</summary>
    public static bool Write(WireWriter answer, short version, WireReader request, TopicStore topics)
    {
        request.String();
        short acks = request.Int16();
        request.Int32();
        int topicCount = request.Count();
        answer.Int32(topicCount);
        for (int t = 0; t < topicCount; t++)
        {
            string name = request.String() ?? "";
            int partitionCount = request.Count();
            answer.String(name).Int32(partitionCount);
            for (int p = 0; p < partitionCount; p++)
            {
                int partition = request.Int32();
                TopicLog? log = partition == 0 ? topics.Find(name) : null;
                (KafkaError error, long offset) = Append(log, request.Bytes());
                answer.Int32(partition).Error(error).Int64(offset).Int64(-1);
                if (version >= 5)
                {
                    answer.Int64(log?.Bounds.First ?? -1);
                }
            }
        }

        answer.Int32(0);
        topics.Signal();
        return acks != 0;
    }

    private static (KafkaError Error, long Offset) Append(TopicLog? log, Memory<byte> records)
    {
        if (log is null)
        {
            return (KafkaError.UnknownTopicOrPartition, -1);
        }

        // All are checked before one is stored.
        for (Memory<byte> rest = records; rest.Length > 0;)
        {
            if (!BatchHeader.TryRead(rest.Span, out BatchHeader header) || header.Size > rest.Length
                || header.Count != header.LastOffsetDelta + 1 || !BatchHeader.ChecksumHolds(rest.Span[..header.Size]))
            {
                return (KafkaError.CorruptMessage, -1);
            }

            rest = rest[header.Size..];
        }

        long first = -1;
        while (records.Length > 0 && BatchHeader.TryRead(records.Span, out BatchHeader header))
        {
            if (log.Append(records.Span[..header.Size], header) is not { } offset)
            {
                return (KafkaError.UnknownTopicOrPartition, -1);
            }

            first = first < 0 ? offset : first;
            records = records[header.Size..];
        }

        return (KafkaError.None, first);
    }
}
