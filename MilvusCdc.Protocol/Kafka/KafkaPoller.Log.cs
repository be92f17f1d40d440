using Microsoft.Extensions.Logging;

namespace MilvusCdc.Protocol.Kafka;

internal sealed partial class KafkaPoller
{
    [LoggerMessage(EventId = 2101, Level = LogLevel.Warning,
        Message = "Channel '{Channel}': offset {Wanted} must come next but {Found} came; reading it once more from {Wanted}.")]
    private static partial void LogHole(ILogger log, string channel, long wanted, long found);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Warning,
        Message = "Channel '{Channel}' at offset {Offset}: the brokers answer '{Reason}'; asking what they have of it.")]
    private static partial void LogSuspect(ILogger log, string channel, long offset, string reason);

    [LoggerMessage(EventId = 2103, Level = LogLevel.Information, Message = "Kafka: {Reason}; librdkafka goes on by itself.")]
    private static partial void LogPassing(ILogger log, string reason);

    [LoggerMessage(EventId = 2104, Level = LogLevel.Warning, Message = "Kafka: {Reason}; asking for every open channel whether it is there.")]
    private static partial void LogDoubt(ILogger log, string reason);

    [LoggerMessage(EventId = 2105, Level = LogLevel.Warning,
        Message = "A Kafka consumer does not end, as librdkafka 2.0.2 does after a topic was deleted under it; it stays idle until the process ends.")]
    private static partial void LogLeft(ILogger log);
}
