namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>The error codes of the protocol that this broker gives.</summary>
internal enum KafkaError : short
{
    None = 0,
    OffsetOutOfRange = 1,
    CorruptMessage = 2,
    UnknownTopicOrPartition = 3,
    NotLeaderOrFollower = 6,
    InvalidTopic = 17,
    UnsupportedVersion = 35,
    InvalidRequest = 42,
}
