using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>Reads the value behind a catalog key and checks that it belongs there.</summary>
internal static class CatalogValue
{
    /// <summary>What Milvus puts where it means "removed"; it is not valid protobuf.</summary>
    internal static ReadOnlySpan<byte> Tombstone => [0xE2, 0x9B, 0xBC];

    /// <summary>The record, or null for a tombstone. Throws <see cref="CatalogException"/> that names <paramref name="fullKey"/>.</summary>
    internal static IMessage? Read(string fullKey, CatalogKey key, ReadOnlySpan<byte> bytes)
    {
        if (bytes.SequenceEqual(Tombstone))
        {
            return null;
        }

        IMessage message = Parse(fullKey, key.Kind, bytes);
        string? problem = (message, key.Kind) switch
        {
            (DatabaseInfo database, _) => Mismatch("database", key.Id, database.Id),
            (CollectionInfo, CatalogKeyKind.CollectionAlias) => null,
            (CollectionInfo collection, _) => Mismatch("collection", key.Id, collection.ID)
                ?? (collection.Schema is null ? "the collection has no schema, so no name" : null)
                ?? (collection.VirtualChannelNames.Count != collection.PhysicalChannelNames.Count
                    ? $"{collection.VirtualChannelNames.Count} virtual channels for {collection.PhysicalChannelNames.Count} physical channels"
                    : null),
            (PartitionInfo partition, _) => Mismatch("partition", key.Id, partition.PartitionID),
            (FieldSchema field, _) => Mismatch("field", key.Id, field.FieldID),
            (FunctionSchema function, _) => Mismatch("function", key.Id, function.Id),
            (AliasInfo { CollectionId: 0 }, _) => "the alias names no collection",
            _ => null,
        };
        return problem is null ? message : throw CatalogException.ForKey(fullKey, problem);
    }

    /// <summary>When the thing was made, as its own record says; for records that have lost their dated copies. 0: always.</summary>
    internal static ulong CreationTime(IMessage message) => message switch
    {
        CollectionInfo collection => collection.CreateTime,
        PartitionInfo partition => partition.PartitionCreatedTimestamp,
        AliasInfo alias => alias.CreatedTime,
        _ => 0,
    };

    private static string? Mismatch(string what, long expected, long actual) =>
        expected == actual ? null : $"holds {what} {actual} where {what} {expected} belongs";

    private static IMessage Parse(string fullKey, CatalogKeyKind kind, ReadOnlySpan<byte> bytes)
    {
        MessageParser parser = kind switch
        {
            CatalogKeyKind.Database => DatabaseInfo.Parser,
            CatalogKeyKind.Partition => PartitionInfo.Parser,
            CatalogKeyKind.Field => FieldSchema.Parser,
            CatalogKeyKind.Function => FunctionSchema.Parser,
            CatalogKeyKind.Alias or CatalogKeyKind.OldAlias => AliasInfo.Parser,
            _ => CollectionInfo.Parser,
        };
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw CatalogException.ForKey(fullKey, $"{bytes.Length} bytes that are no {parser.GetType().GenericTypeArguments[0].Name}: {broken.Message}", broken);
        }
    }
}
