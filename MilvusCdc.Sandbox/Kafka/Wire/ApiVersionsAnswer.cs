namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>Which requests and versions are spoken. A version of this very request that is unknown is answered in the format of version 0.</summary>
internal static class ApiVersionsAnswer
{
    public static void Write(WireWriter answer, short version)
    {
        bool known = KafkaApis.Speaks(KafkaApi.ApiVersions, version);
        answer.Error(known ? KafkaError.None : KafkaError.UnsupportedVersion);
        if (version == 3)
        {
            WriteFlexible(answer);
            return;
        }

        answer.Int32(KafkaApis.Told.Length);
        foreach ((KafkaApi api, short min, short max) in KafkaApis.Told)
        {
            answer.Int16((short)api).Int16(min).Int16(max);
        }

        if (known && version >= 1)
        {
            answer.Int32(0);
        }
    }

    // Compact arrays have their length plus one as a varint; every element and the whole end with an empty set of tagged fields.
    private static void WriteFlexible(WireWriter answer)
    {
        answer.Int8((sbyte)(KafkaApis.Told.Length + 1));
        foreach ((KafkaApi api, short min, short max) in KafkaApis.Told)
        {
            answer.Int16((short)api).Int16(min).Int16(max).Int8(0);
        }

        answer.Int32(0).Int8(0);
    }
}
