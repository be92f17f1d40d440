using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Sandbox.Source.Metadata;

namespace MilvusCdc.Sandbox.Source;

/// <content>Users, roles and grants: kept, published from 2.4.10 on, never enforced.</content>
public sealed partial class SourceMilvus
{
    internal Task CreateCredentialAsync(CreateCredentialRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            await AskAsync(MilvusMethods.CreateCredential, request, cancellation);
            await SaveAccessAsync(_store.Keys.User(request.Username), MetadataValues.User(request.Password), cancellation);
            PublishAccess(request);
        },
        cancellation);

    internal Task UpdateCredentialAsync(UpdateCredentialRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            await AskAsync(MilvusMethods.UpdateCredential, request, cancellation);
            await SaveAccessAsync(_store.Keys.User(request.Username), MetadataValues.User(request.NewPassword), cancellation);
            PublishAccess(request);
        },
        cancellation);

    internal Task DeleteCredentialAsync(DeleteCredentialRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            await AskAsync(MilvusMethods.DeleteCredential, request, cancellation);
            await SaveAccessAsync(_store.Keys.User(request.Username), null, cancellation);
            PublishAccess(request);
        },
        cancellation);

    internal Task CreateRoleAsync(CreateRoleRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            await AskAsync(MilvusMethods.CreateRole, request, cancellation);
            await SaveAccessAsync(_store.Keys.Role(request.Entity.Name), [], cancellation);
            PublishAccess(request);
        },
        cancellation);

    internal Task DropRoleAsync(DropRoleRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            await AskAsync(MilvusMethods.DropRole, request, cancellation);
            await SaveAccessAsync(_store.Keys.Role(request.RoleName), null, cancellation);
            PublishAccess(request);
        },
        cancellation);

    internal Task OperateUserRoleAsync(OperateUserRoleRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            await AskAsync(MilvusMethods.OperateUserRole, request, cancellation);
            byte[]? value = request.Type == OperateUserRoleType.AddUserToRole ? [] : null;
            await SaveAccessAsync(_store.Keys.UserRole(request.Username, request.RoleName), value, cancellation);
            PublishAccess(request);
        },
        cancellation);

    internal Task OperatePrivilegeAsync(OperatePrivilegeRequest request, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            await AskAsync(MilvusMethods.OperatePrivilege, request, cancellation, metadata);
            PublishAccess(request);
        },
        cancellation);

    private Task SaveAccessAsync(string key, byte[]? value, CancellationToken cancellation) => _store.PlainAsync([new MetadataChange(key, value)], cancellation);
}
