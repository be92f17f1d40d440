using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Engine;

/// <summary>Reads positions that Milvus or a client stored, and refuses those of another kind of log in words.</summary>
internal static class SourcePositions
{
    // How every id ends that a Milvus on Pulsar stores: partition 0, index 0. As a Kafka offset it would be some 9,000,000,000,000,000.
    private static ReadOnlySpan<byte> PulsarEnd => [0x18, 0x00, 0x20, 0x00];

    /// <summary>Throws <see cref="ReplicationStoppedException"/>. <paramref name="what"/>: whose position, as the sentence calls it.</summary>
    public static LogPosition Read(ISourceLog log, ReadOnlySpan<byte> messageId, string what)
    {
        try
        {
            return log.Kind == "kafka" && messageId.EndsWith(PulsarEnd)
                ? throw new FormatException($"'{Convert.ToHexString(messageId)}' is a Pulsar message id")
                : log.FromMessageId(messageId);
        }
        catch (FormatException wrong)
        {
            throw new ReplicationStoppedException(
                TaskPhase.Failed,
                $"the position of {what} is not one of '{log.Kind}', from which the source is read ({wrong.Message}): positions of Kafka mean nothing to Pulsar and the other way round; "
                + "check Source:Kafka and Source:Pulsar of the configuration, or state positions of this source",
                wrong);
        }
    }
}
