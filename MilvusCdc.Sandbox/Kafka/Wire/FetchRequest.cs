namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>What a consumer wants to read. Fetch sessions are not kept: every request names all its partitions.</summary>
internal sealed record FetchRequest(int MaxWaitMs, int MinBytes, int MaxBytes, IReadOnlyList<FetchTopic> Topics)
{
    public static FetchRequest Read(short version, WireReader request)
    {
        request.Int32();
        int maxWaitMs = request.Int32();
        int minBytes = request.Int32();
        int maxBytes = request.Int32();
        request.Int8();
        if (version >= 7)
        {
            request.Int32();
            request.Int32();
        }

        List<FetchTopic> topics = [];
        for (int t = request.Count(); t > 0; t--)
        {
            string name = request.String() ?? "";
            List<FetchPartition> partitions = [];
            for (int p = request.Count(); p > 0; p--)
            {
                int index = request.Int32();
                if (version >= 9)
                {
                    request.Int32();
                }

                long offset = request.Int64();
                if (version >= 5)
                {
                    request.Int64();
                }

                partitions.Add(new FetchPartition(index, offset, request.Int32()));
            }

            topics.Add(new FetchTopic(name, partitions));
        }

        return new FetchRequest(maxWaitMs, minBytes, maxBytes, topics);
    }
}

internal sealed record FetchTopic(string Name, IReadOnlyList<FetchPartition> Partitions);

internal readonly record struct FetchPartition(int Index, long Offset, int MaxBytes);
