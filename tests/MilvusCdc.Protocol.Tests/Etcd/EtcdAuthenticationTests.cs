using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Tests.Shared;
using static MilvusCdc.Protocol.Tests.Etcd.EtcdFixture;

namespace MilvusCdc.Protocol.Tests.Etcd;

/// <summary>An etcd with users: root may everything, alice may read and write under alice/.</summary>
public sealed class EtcdAuthenticationTests : IAsyncLifetime
{
    private EtcdProcess etcd = null!;

    public async Task InitializeAsync()
    {
        etcd = await EtcdProcess.StartAsync("--bcrypt-cost", "4", "--auth-token-ttl", "2");
        await etcd.ControlAsync("user", "add", "root:secret");
        await etcd.ControlAsync("user", "grant-role", "root", "root");
        await etcd.ControlAsync("role", "add", "alices");
        await etcd.ControlAsync("role", "grant-permission", "--prefix", "alices", "readwrite", "alice/");
        await etcd.ControlAsync("user", "add", "alice:wonder");
        await etcd.ControlAsync("user", "grant-role", "alice", "alices");
    }

    public async Task DisposeAsync() => await etcd.DisposeAsync();

    private Task EnableAsync() => etcd.ControlAsync("auth", "enable");

    [Fact]
    public async Task The_right_password_is_let_in_everywhere()
    {
        await EnableAsync();
        using EtcdClient root = Connect(etcd, "root", "secret");
        await root.PutAsync("any", Bytes("1"), 0, default);
        Assert.NotNull(await root.GetAsync("any", default));
        Assert.True(await root.RevisionAsync(default) > 0);
        await using (EtcdLease lease = await root.GrantLeaseAsync(TimeSpan.FromSeconds(5), default))
        {
            await root.PutAsync("leased", Bytes("1"), lease.Id, default);
        }

        Assert.Null(await root.GetAsync("leased", default));
        Assert.Equal("any", (await FirstAsync(root, "any", 2)).Events.Single().KeyValue.Key);
    }

    [Theory]
    [InlineData("root", "wrong")]
    [InlineData("nobody", "secret")]
    [InlineData(null, null)]
    public async Task A_wrong_or_missing_password_is_unauthenticated_and_never_shown(string? user, string? password)
    {
        await EnableAsync();
        using EtcdClient client = Connect(etcd, user, password);
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => client.GetAsync("any", default));
        Assert.Equal(EtcdFaultKind.Unauthenticated, e.Kind);
        Assert.DoesNotContain(password ?? "\0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rights_end_where_the_role_ends()
    {
        await EnableAsync();
        using EtcdClient alice = Connect(etcd, "alice", "wonder");
        await alice.PutAsync("alice/1", Bytes("1"), 0, default);
        Assert.True(await alice.RevisionAsync(default, "alice/1") > 0);
        Assert.Equal("alice/1", (await FirstAsync(alice, "alice/", 2)).Events.Single().KeyValue.Key);
        Assert.Equal(EtcdFaultKind.PermissionDenied, (await Assert.ThrowsAsync<EtcdException>(() => alice.GetAsync("bob/1", default))).Kind);
        Assert.Equal(EtcdFaultKind.PermissionDenied, (await Assert.ThrowsAsync<EtcdException>(() => FirstAsync(alice, "bob/", 2))).Kind);
    }

    [Fact]
    public async Task A_token_that_expired_is_renewed()
    {
        await EnableAsync();
        using EtcdClient root = Connect(etcd, "root", "secret");
        await root.PutAsync("a", Bytes("1"), 0, default);
        await etcd.KillAsync();
        await etcd.RestartAsync();
        await UntilAsync(
            async () =>
            {
                try
                {
                    return await root.GetAsync("a", default) is not null;
                }
                catch (EtcdException e) when (e.Kind == EtcdFaultKind.Unavailable)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(10));

        // The simple tokens of etcd live in memory: after its restart the old one means nothing, and a put must get through all the same.
        await root.PutAsync("a", Bytes("2"), 0, default);
        await etcd.KillAsync();
        await etcd.RestartAsync();
        Assert.Equal(2, (await FirstAsync(root, "a", 2)).Revision);
    }

    [Fact]
    public async Task Authentication_that_is_switched_on_later_is_followed()
    {
        using EtcdClient root = Connect(etcd, "root", "secret");
        await root.PutAsync("a", Bytes("1"), 0, default);
        await EnableAsync();
        await root.PutAsync("a", Bytes("2"), 0, default);
        Assert.Equal("2", Text(await root.GetAsync("a", default)));
    }

    private static async Task<EtcdWatchBatch> FirstAsync(EtcdClient client, string prefix, long from)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        await foreach (EtcdWatchBatch batch in client.WatchAsync([prefix], from, limit.Token))
        {
            return batch;
        }

        throw new InvalidOperationException("a watch ended");
    }
}
