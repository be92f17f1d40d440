using Confluent.Kafka;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>What an error of librdkafka means for the reader.</summary>
internal enum KafkaFault
{
    /// <summary>librdkafka goes on by itself.</summary>
    Passing,

    /// <summary>No broker can be reached now.</summary>
    AllDown,

    /// <summary>The brokers refuse us; waiting does not help.</summary>
    Refused,

    /// <summary>The brokers do not know the topic (any more, or yet).</summary>
    NoTopic,

    /// <summary>The wanted offset is not in the log.</summary>
    NoOffset,

    /// <summary>A record's bytes are damaged or packed in a way that this librdkafka cannot read.</summary>
    Unreadable,
}

/// <summary>The one table from librdkafka's codes to <see cref="KafkaFault"/>.</summary>
internal static class KafkaFaults
{
    // Not in Confluent.Kafka 1.9.3's list: librdkafka's RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET.
    private const ErrorCode AutoOffsetReset = (ErrorCode)(-140);

    public static KafkaFault Classify(Error error) => error.Code switch
    {
        ErrorCode.Local_AllBrokersDown => KafkaFault.AllDown,
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism or ErrorCode.IllegalSaslState
            or ErrorCode.Local_Ssl or ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.Local_Fatal => KafkaFault.Refused,
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition => KafkaFault.NoTopic,
        AutoOffsetReset or ErrorCode.OffsetOutOfRange => KafkaFault.NoOffset,
        ErrorCode.Local_BadMsg or ErrorCode.Local_BadCompression or ErrorCode.Local_NotImplemented or ErrorCode.InvalidMsg => KafkaFault.Unreadable,
        _ => error.IsFatal ? KafkaFault.Refused : KafkaFault.Passing,
    };
}
