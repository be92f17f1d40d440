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
}
