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
        MsgBase Header(MsgBase kept) => TargetDdl.Replicated(operation.Timestamp, kept);
        switch (operation.Request)
        {
            case CreateCredentialRequest source:
                CreateCredentialRequest create = source.Clone();
                create.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.CreateCredential, create, null, cancellation);
            case UpdateCredentialRequest source:
                UpdateCredentialRequest update = source.Clone();
                update.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.UpdateCredential, update, null, cancellation);
            case DeleteCredentialRequest source:
                DeleteCredentialRequest delete = source.Clone();
                delete.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.DeleteCredential, delete, null, cancellation);
            case CreateRoleRequest source:
                CreateRoleRequest role = source.Clone();
                role.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.CreateRole, role, null, cancellation);
            case DropRoleRequest source:
                DropRoleRequest drop = source.Clone();
                drop.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.DropRole, drop, null, cancellation);
            case OperateUserRoleRequest source:
                OperateUserRoleRequest member = source.Clone();
                member.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.OperateUserRole, member, null, cancellation);
            case OperatePrivilegeRequest source:
                OperatePrivilegeRequest privilege = source.Clone();
                privilege.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.OperatePrivilege, privilege, null, cancellation);
            case OperatePrivilegeV2Request source:
                OperatePrivilegeV2Request privilege2 = source.Clone();
                privilege2.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.OperatePrivilegeV2, privilege2, null, cancellation);
            case CreatePrivilegeGroupRequest source:
                CreatePrivilegeGroupRequest group = source.Clone();
                group.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.CreatePrivilegeGroup, group, null, cancellation);
            case DropPrivilegeGroupRequest source:
                DropPrivilegeGroupRequest noGroup = source.Clone();
                noGroup.Base = Header(source.Base);
                return target.CallAsync(MilvusMethods.DropPrivilegeGroup, noGroup, null, cancellation);
            default:
                var groupMember = ((OperatePrivilegeGroupRequest)operation.Request).Clone();
                groupMember.Base = Header(groupMember.Base);
                return target.CallAsync(MilvusMethods.OperatePrivilegeGroup, groupMember, null, cancellation);
        }
    }

    private static bool IsDone(MsgType type, MilvusException answer) => type switch
    {
        MsgType.CreateCredential or MsgType.CreateRole or MsgType.CreatePrivilegeGroup => answer.Reason.Contains("already exist", StringComparison.Ordinal),
        MsgType.DropRole => answer.Reason.Contains("not found the role", StringComparison.Ordinal),
        MsgType.UpdateCredential => answer.Reason.Contains("old password not correct", StringComparison.Ordinal),
        _ => false,
    };
}
