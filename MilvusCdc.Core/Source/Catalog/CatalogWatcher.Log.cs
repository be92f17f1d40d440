using Microsoft.Extensions.Logging;

namespace MilvusCdc.Core.Source.Catalog;

public sealed partial class CatalogWatcher
{
    [LoggerMessage(3201, LogLevel.Information, "The source's metadata under '{Prefix}' was read at revision {Revision}: {Collections} collections, {Changes} changes known")]
    private static partial void Listed(ILogger logger, string prefix, long revision, int collections, int changes);

    [LoggerMessage(3202, LogLevel.Warning, "The source's etcd has compacted what came after revision {Revision}; its metadata is read as a whole again: {Fault}")]
    private static partial void Compacted(ILogger logger, long revision, string fault);

    [LoggerMessage(3203, LogLevel.Warning, "The source's metadata cannot be watched after revision {Revision}; the next attempt is in {Pause} ms: {Fault}")]
    private static partial void Lost(ILogger logger, long revision, double pause, string fault);

    [LoggerMessage(3204, LogLevel.Error, "The source's metadata after revision {Revision} cannot be understood, so nothing that depends on it goes on: {Fault}")]
    private static partial void Broken(ILogger logger, long revision, string fault);
}
