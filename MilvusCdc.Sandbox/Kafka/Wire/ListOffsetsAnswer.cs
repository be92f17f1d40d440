using MilvusCdc.Sandbox.Kafka.Storage;

namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>The first offset, the end, or the first record at or after a time.</summary>
internal static class ListOffsetsAnswer
{
    private const long Latest = -1;
    private const long Earliest = -2;

    public static void Write(WireWriter answer, short version, WireReader request, TopicStore topics)
    {
        request.Int32();
        if (version >= 2)
        {
            request.Int8();
            answer.Int32(0);
        }

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
                if (version >= 4)
                {
                    request.Int32();
                }

                (KafkaError error, long timestamp, long offset) = Find(partition == 0 ? topics.Find(name) : null, request.Int64());
                answer.Int32(partition).Error(error).Int64(timestamp).Int64(offset);
                if (version >= 4)
                {
                    answer.Int32(0);
                }
            }
        }
    }

    private static (KafkaError Error, long Timestamp, long Offset) Find(TopicLog? log, long asked)
    {
        if (log is null)
        {
            return (KafkaError.UnknownTopicOrPartition, -1, -1);
        }

        if (asked is Latest or Earliest)
        {
            (long first, long end) = log.Bounds;
            return (KafkaError.None, -1, asked == Latest ? end : first);
        }

        return log.FindTime(asked) is { } found ? (KafkaError.None, found.TimestampMs, found.Offset) : (KafkaError.None, -1, -1);
    }
}
