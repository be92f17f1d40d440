using Google.Protobuf;
using Google.Protobuf.Reflection;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Sandbox.Source;

/// <content>The replicate channel: requests as they came, with a base (milvus-source-formats.md §6).</content>
public sealed partial class SourceMilvus
{
    /// <summary>Publishes an operation of the proxy's queue.</summary>
    private void Publish(IMessage request, ulong timestamp) => Publish(request, new MsgBase { MsgID = (long)timestamp, Timestamp = timestamp, SourceID = NodeId });

    /// <summary>Publishes what only the newest 2.5 tells there.</summary>
    private void PublishMetadata(IMessage request, ulong timestamp)
    {
        if (Options.Version.PublishesMetadata)
        {
            Publish(request, timestamp);
        }
    }

    /// <summary>Users, roles and grants do not pass the queue: they have no timestamp.</summary>
    private void PublishAccess(IMessage request)
    {
        if (Options.Version.PublishesAccess)
        {
            Publish(request, new MsgBase());
        }
    }

    private void Publish(IMessage request, MsgBase head)
    {
        head.MsgType = TypeOf(request);
        IFieldAccessor ofBase = request.Descriptor.FindFieldByName("base").Accessor;
        head.ReplicateInfo = (ofBase.GetValue(request) as MsgBase)?.ReplicateInfo;
        IMessage message = (IMessage)request.Descriptor.Parser.ParseFrom(request.ToByteArray());
        ofBase.SetValue(message, head);
        if (request.Descriptor.FindFieldByName("db_name")?.Accessor is { } ofDatabase && (string)ofDatabase.GetValue(message) is "")
        {
            ofDatabase.SetValue(message, DatabaseOr(""));
        }

        _log.Produce(Options.ReplicateChannel, head.MsgType, message);
    }

    private static MsgType TypeOf(IMessage request) => request switch
    {
        CreateDatabaseRequest => MsgType.CreateDatabase,
        DropDatabaseRequest => MsgType.DropDatabase,
        AlterDatabaseRequest => MsgType.AlterDatabase,
        FlushRequest => MsgType.Flush,
        LoadCollectionRequest => MsgType.LoadCollection,
        ReleaseCollectionRequest => MsgType.ReleaseCollection,
        LoadPartitionsRequest => MsgType.LoadPartitions,
        ReleasePartitionsRequest => MsgType.ReleasePartitions,
        CreateIndexRequest => MsgType.CreateIndex,
        AlterIndexRequest => MsgType.AlterIndex,
        DropIndexRequest => MsgType.DropIndex,
        AlterCollectionRequest => MsgType.AlterCollection,
        RenameCollectionRequest => MsgType.RenameCollection,
        CreateAliasRequest => MsgType.CreateAlias,
        AlterAliasRequest => MsgType.AlterAlias,
        DropAliasRequest => MsgType.DropAlias,
        CreateCredentialRequest => MsgType.CreateCredential,
        UpdateCredentialRequest => MsgType.UpdateCredential,
        DeleteCredentialRequest => MsgType.DeleteCredential,
        CreateRoleRequest => MsgType.CreateRole,
        DropRoleRequest => MsgType.DropRole,
        OperateUserRoleRequest => MsgType.OperateUserRole,
        OperatePrivilegeRequest => MsgType.OperatePrivilege,
        _ => throw new ArgumentException($"{request.Descriptor.Name} is never on the replicate channel", nameof(request)),
    };
}
