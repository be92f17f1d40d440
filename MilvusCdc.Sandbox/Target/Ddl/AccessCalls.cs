using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>Users, roles and grants: kept and compared, never enforced.</summary>
internal static class AccessCalls
{
    private const string NoRole = "not found the role, maybe the role isn't existed or internal system error";

    public static void Register(Dispatcher on, Instance instance)
    {
        AccessRules access = instance.Access;
        on.On<CreateCredentialRequest>("CreateCredential", (r, _) =>
        {
            CheckBase64(r.Password);
            if (!access.Users.TryAdd(r.Username, r.Password))
            {
                throw new RefusalException(65535, ErrorCode.CreateCredentialFailure, $"user already exists: {r.Username}");
            }
        });
        on.On<UpdateCredentialRequest>("UpdateCredential", (r, _) =>
        {
            CheckBase64(r.OldPassword);
            CheckBase64(r.NewPassword);
            if (access.Users.GetValueOrDefault(r.Username) != r.OldPassword)
            {
                throw new RefusalException(1400, ErrorCode.UnexpectedError, $"old password not correct for {r.Username}: not authenticated");
            }

            access.Users[r.Username] = r.NewPassword;
        });
        on.On<DeleteCredentialRequest>("DeleteCredential", (r, _) => access.Users.Remove(r.Username));
        on.On<CreateRoleRequest>("CreateRole", (r, _) =>
        {
            if (!access.Roles.TryAdd(r.Entity.Name, []))
            {
                throw new RefusalException(65535, ErrorCode.CreateRoleFailure, $"role [name:\"{r.Entity.Name}\"] already exists");
            }
        });
        on.On<DropRoleRequest>("DropRole", (r, _) => DropRole(access, r.RoleName));
        on.On<OperateUserRoleRequest>("OperateUserRole", (r, _) => OperateUserRole(access, r));
        on.On<OperatePrivilegeRequest>("OperatePrivilege", (r, c) => OperatePrivilege(access, r, c));
    }

    private static void DropRole(AccessRules access, string role)
    {
        if (!access.Roles.ContainsKey(role))
        {
            throw new RefusalException(65535, ErrorCode.DropRoleFailure, NoRole);
        }

        if (access.Grants.Any(g => g.Role == role))
        {
            throw new RefusalException(65535, ErrorCode.DropRoleFailure, "fail to drop the role that it has privileges. Use REVOKE API to revoke privileges");
        }

        access.Roles.Remove(role);
    }

    private static void OperateUserRole(AccessRules access, OperateUserRoleRequest request)
    {
        if (!access.Roles.TryGetValue(request.RoleName, out HashSet<string>? users))
        {
            throw new RefusalException(65535, ErrorCode.OperateUserRoleFailure, NoRole);
        }

        if (request.Type == OperateUserRoleType.AddUserToRole)
        {
            users.Add(request.Username);
        }
        else
        {
            users.Remove(request.Username);
        }
    }

    private static void OperatePrivilege(AccessRules access, OperatePrivilegeRequest request, CallContext context)
    {
        // Wanted even when nobody has to log in.
        if (!context.Metadata.ContainsKey("authorization"))
        {
            throw Refusal.Unexpected("fail to get authorization from the md, authorize:[authorization]");
        }

        GrantEntity entity = request.Entity;
        (string, string, string, string, string) grant = (
            entity.Role?.Name ?? "", entity.Object?.Name ?? "", entity.ObjectName, entity.Grantor?.Privilege?.Name ?? "", context.DatabaseOf(entity.DbName));
        if (request.Type == OperatePrivilegeType.Grant)
        {
            access.Grants.Add(grant);
        }
        else
        {
            access.Grants.Remove(grant);
        }
    }

    private static void CheckBase64(string text)
    {
        Span<byte> decoded = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, decoded, out _))
        {
            int at = text.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=').Count();
            throw Refusal.Unexpected($"decode password fail: illegal base64 data at input byte {at}");
        }
    }
}
