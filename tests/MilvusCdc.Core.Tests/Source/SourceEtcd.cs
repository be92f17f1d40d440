using System.Globalization;
using Google.Protobuf;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Core.Tests.Source;

/// <summary>Keys and values as a Milvus source writes them under <c>by-dev/meta</c>.</summary>
internal static class SourceEtcd
{
    internal const string Root = "by-dev/meta/";

    internal static byte[] Tombstone => [0xE2, 0x9B, 0xBC];

    /// <summary>The undated key alone.</summary>
    internal static CatalogKeyChange[] Put(string path, IMessage? value) => [new($"{Root}root-coord/{path}", value?.ToByteArray() ?? Tombstone)];

    /// <summary>The dated copy alone.</summary>
    internal static CatalogKeyChange[] Copy(string path, ulong at, IMessage? value) =>
        [new(string.Create(CultureInfo.InvariantCulture, $"{Root}snapshots/root-coord/{path}_ts{at}"), value?.ToByteArray() ?? Tombstone)];

    /// <summary>Both, as one transaction writes them; null: a tombstone.</summary>
    internal static CatalogKeyChange[] Save(string path, ulong at, IMessage? value) => [.. Put(path, value), .. Copy(path, at, value)];

    /// <summary>A key that etcd no longer has.</summary>
    internal static CatalogKeyChange Gone(string path) => new(Root + path, null);

    internal static CollectionInfo Collection(
        long id, ulong created, string name = "books", CollectionState state = CollectionState.CollectionCreated, long database = 1, params (string Key, string Value)[] properties)
    {
        var info = new CollectionInfo
        {
            ID = id,
            CreateTime = created,
            State = state,
            DbId = database,
            ShardsNum = 1,
            Schema = new CollectionSchema { Name = name },
            VirtualChannelNames = { $"by-dev-rootcoord-dml_0_{id}v0" },
            PhysicalChannelNames = { "by-dev-rootcoord-dml_0" },
        };
        info.Properties.Add(properties.Select(pair => new KeyValuePair { Key = pair.Key, Value = pair.Value }));
        return info;
    }

    internal static PartitionInfo Partition(long collection, long id, ulong created, string name, PartitionState state = PartitionState.PartitionCreated) =>
        new() { CollectionId = collection, PartitionID = id, PartitionCreatedTimestamp = created, PartitionName = name, State = state };

    internal static AliasInfo Alias(string name, long collection, ulong created) => new() { AliasName = name, CollectionId = collection, CreatedTime = created, DbId = 1 };

    internal static DatabaseInfo Database(long id, string name, ulong createdNanoseconds = 0, params (string Key, string Value)[] properties)
    {
        var info = new DatabaseInfo { Id = id, Name = name, State = DatabaseState.DatabaseCreated, CreatedTime = createdNanoseconds };
        info.Properties.Add(properties.Select(pair => new KeyValuePair { Key = pair.Key, Value = pair.Value }));
        return info;
    }

    /// <summary>A whole CreateCollection, all dated alike: RowID, Timestamp, id, v and the default partition.</summary>
    internal static CatalogKeyChange[] Created(long id, ulong at, string name = "books", long database = 1) =>
    [
        .. Parts(id, at),
        .. Save($"database/collection-info/{database}/{id}", at, Collection(id, at, name, database: database)),
    ];

    /// <summary>Fields and the default partition (id + 1) of a collection.</summary>
    internal static CatalogKeyChange[] Parts(long id, ulong at) =>
    [
        .. Save($"fields/{id}/0", at, new FieldSchema { FieldID = 0, Name = "RowID", DataType = DataType.Int64 }),
        .. Save($"fields/{id}/1", at, new FieldSchema { FieldID = 1, Name = "Timestamp", DataType = DataType.Int64 }),
        .. Save($"fields/{id}/100", at, new FieldSchema { FieldID = 100, Name = "id", IsPrimaryKey = true, DataType = DataType.Int64 }),
        .. Save($"fields/{id}/101", at, new FieldSchema { FieldID = 101, Name = "v", DataType = DataType.FloatVector }),
        .. Save($"partitions/{id}/{id + 1}", at, Partition(id, id + 1, at, "_default")),
    ];
}
