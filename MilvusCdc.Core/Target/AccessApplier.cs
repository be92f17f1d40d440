using Google.Protobuf;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Target;

/// <summary>Users, roles and privileges (sources of 2.4.10 and later), for tasks that ask for them. They have no timestamp: they are done in the order in which they come.</summary>
internal sealed class AccessApplier(TargetDdl target, TaskRun run)
{
    /// <summary>Whether an operation is one of these.</summary>
    public static bool Handles(MsgType type) => type is MsgType.CreateCredential or MsgType.UpdateCredential or MsgType.DeleteCredential
        or MsgType.CreateRole or MsgType.DropRole or MsgType.OperateUserRole or MsgType.OperatePrivilege or MsgType.OperatePrivilegeV2
        or MsgType.CreatePrivilegeGroup or MsgType.DropPrivilegeGroup or MsgType.OperatePrivilegeGroup;

    /// <summary>Does it, or counts it when the task does not want it. One that was done before a restart is refused by the target as already done: that is success.</summary>
    public async Task ApplyAsync(Operation operation, CancellationToken cancellation)
    {
        if (!run.Task.Policies.ReplicateUsersAndRoles)
        {
            run.Progress.Notice($"{operation.Type} ignored");
            return;
        }

        try
        {
            await CallAsync(operation, cancellation);
        }
        catch (MilvusException answer) when (IsDone(operation.Type, answer))
        {
            run.Progress.Notice($"{operation.Type} was already done");
        }
    }

    private Task CallAsync(Operation operation, CancellationToken cancellation)
    {
        Task Call<TRequest, TResponse>(MilvusMethod<TRequest, TResponse> method, TRequest request)
            where TRequest : class, IMessage<TRequest>
            where TResponse : class, IMessage<TResponse> =>
            target.CallAsync(method, TargetDdl.Replay(request, operation.Timestamp), null, cancellation);

        return operation.Request switch
        {
            CreateCredentialRequest request => Call(MilvusMethods.CreateCredential, request),
            UpdateCredentialRequest request => Call(MilvusMethods.UpdateCredential, request),
            DeleteCredentialRequest request => Call(MilvusMethods.DeleteCredential, request),
            CreateRoleRequest request => Call(MilvusMethods.CreateRole, request),
            DropRoleRequest request => Call(MilvusMethods.DropRole, request),
            OperateUserRoleRequest request => Call(MilvusMethods.OperateUserRole, request),
            OperatePrivilegeRequest request => Call(MilvusMethods.OperatePrivilege, request),
            OperatePrivilegeV2Request request => Call(MilvusMethods.OperatePrivilegeV2, request),
            CreatePrivilegeGroupRequest request => Call(MilvusMethods.CreatePrivilegeGroup, request),
            DropPrivilegeGroupRequest request => Call(MilvusMethods.DropPrivilegeGroup, request),
            _ => Call(MilvusMethods.OperatePrivilegeGroup, (OperatePrivilegeGroupRequest)operation.Request),
        };
    }

    private static bool IsDone(MsgType type, MilvusException answer) => type switch
    {
        MsgType.CreateCredential or MsgType.CreateRole or MsgType.CreatePrivilegeGroup => answer.Reason.Contains("already exist", StringComparison.Ordinal),
        MsgType.DropRole => answer.Reason.Contains("not found the role", StringComparison.Ordinal),
        MsgType.UpdateCredential => answer.Reason.Contains("old password not correct", StringComparison.Ordinal),
        _ => false,
    };
}
