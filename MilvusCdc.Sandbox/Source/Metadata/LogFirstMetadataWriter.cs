using MilvusCdc.Sandbox.Source.Log;

namespace MilvusCdc.Sandbox.Source.Metadata;

/// <summary>Writes metadata when the broker has everything that was written to the log before: metadata names places in it, and who reads them goes there at once.</summary>
public sealed class LogFirstMetadataWriter(IMetadataWriter metadata, KafkaProducerWriter log) : IMetadataWriter
{
    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<MetadataChange> changes, CancellationToken cancellation)
    {
        await log.FlushAsync(cancellation);
        await metadata.WriteAsync(changes, cancellation);
    }
}
