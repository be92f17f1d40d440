using Google.Protobuf;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Source;

/// <summary>Reads messages of the replicate channel: each value is the request itself (milvus-source-formats, section 6).</summary>
internal static class OperationParser
{
    private static readonly Dictionary<MsgType, MessageParser> Parsers = new()
    {
        [MsgType.CreateDatabase] = CreateDatabaseRequest.Parser,
        [MsgType.DropDatabase] = DropDatabaseRequest.Parser,
        [MsgType.AlterDatabase] = AlterDatabaseRequest.Parser,
        [MsgType.Flush] = FlushRequest.Parser,
        [MsgType.LoadCollection] = LoadCollectionRequest.Parser,
        [MsgType.ReleaseCollection] = ReleaseCollectionRequest.Parser,
        [MsgType.LoadPartitions] = LoadPartitionsRequest.Parser,
        [MsgType.ReleasePartitions] = ReleasePartitionsRequest.Parser,
        [MsgType.CreateIndex] = CreateIndexRequest.Parser,
        [MsgType.DropIndex] = DropIndexRequest.Parser,
        [MsgType.AlterIndex] = AlterIndexRequest.Parser,
        [MsgType.AlterCollection] = AlterCollectionRequest.Parser,
        [MsgType.AlterCollectionField] = AlterCollectionFieldRequest.Parser,
        [MsgType.RenameCollection] = RenameCollectionRequest.Parser,
        [MsgType.CreateAlias] = CreateAliasRequest.Parser,
        [MsgType.DropAlias] = DropAliasRequest.Parser,
        [MsgType.AlterAlias] = AlterAliasRequest.Parser,
        [MsgType.CreateCredential] = CreateCredentialRequest.Parser,
        [MsgType.UpdateCredential] = UpdateCredentialRequest.Parser,
        [MsgType.DeleteCredential] = DeleteCredentialRequest.Parser,
        [MsgType.CreateRole] = CreateRoleRequest.Parser,
        [MsgType.DropRole] = DropRoleRequest.Parser,
        [MsgType.OperateUserRole] = OperateUserRoleRequest.Parser,
        [MsgType.OperatePrivilege] = OperatePrivilegeRequest.Parser,
        [MsgType.OperatePrivilegeV2] = OperatePrivilegeV2Request.Parser,
        [MsgType.CreatePrivilegeGroup] = CreatePrivilegeGroupRequest.Parser,
        [MsgType.DropPrivilegeGroup] = DropPrivilegeGroupRequest.Parser,
        [MsgType.OperatePrivilegeGroup] = OperatePrivilegeGroupRequest.Parser,
    };

    /// <summary>Reads one message. A type that is not known keeps its header only; a message that cannot be read is a <see cref="MalformedMessageException"/>.</summary>
    public static Operation Parse(LogMessage message)
    {
        try
        {
            MsgBase header = MsgHeader.Parser.ParseFrom(message.Value.Span).Base
                ?? throw new InvalidProtocolBufferShape("it has no header (field 1, base)");
            IMessage request = Parsers.TryGetValue(header.MsgType, out MessageParser? parser)
                ? parser.ParseFrom(message.Value.Span)
                : MsgHeader.Parser.ParseFrom(message.Value.Span);
            return new Operation(header.MsgType, header.Timestamp, request, message.Position);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidProtocolBufferShape)
        {
            throw new MalformedMessageException(e.Message);
        }
    }

    private sealed class InvalidProtocolBufferShape(string message) : Exception(message);
}
