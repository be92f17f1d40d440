namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>The requests of the protocol that this broker answers, by their wire numbers.</summary>
internal enum KafkaApi : short
{
    Produce = 0,
    Fetch = 1,
    ListOffsets = 2,
    Metadata = 3,
    FindCoordinator = 10,
    ApiVersions = 18,
    InitProducerId = 22,
}

/// <summary>Which versions of each request are spoken; all before the "flexible" encoding but ApiVersions 3.</summary>
internal static class KafkaApis
{
    /// <summary>
    /// What ApiVersions tells. Produce 0 to 2 are named only because librdkafka else turns compression off (Kafka 4 does the same); they are answered with an error.
    /// </summary>
    public static readonly (KafkaApi Api, short Min, short Max)[] Told =
    [
        (KafkaApi.Produce, 0, 7),
        (KafkaApi.Fetch, 4, 11),
        (KafkaApi.ListOffsets, 1, 5),
        (KafkaApi.Metadata, 0, 7),
        (KafkaApi.FindCoordinator, 0, 2),
        (KafkaApi.ApiVersions, 0, 3),
        (KafkaApi.InitProducerId, 0, 1),
    ];

    public static bool Speaks(KafkaApi api, short version)
    {
        if (api == KafkaApi.Produce && version < 3)
        {
            return false;
        }

        foreach ((KafkaApi known, short min, short max) in Told)
        {
            if (known == api)
            {
                return version >= min && version <= max;
            }
        }

        return false;
    }
}

/// <summary>The head of a request.</summary>
internal readonly record struct RequestHead(KafkaApi Api, short Version, int CorrelationId, string? ClientId)
{
    public static RequestHead Read(WireReader reader) => new((KafkaApi)reader.Int16(), reader.Int16(), reader.Int32(), reader.String());
}
