using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Sockets;
using MilvusCdc.Tests.Shared;
using static MilvusCdc.Protocol.Tests.Etcd.EtcdFixture;

namespace MilvusCdc.Protocol.Tests.Etcd;

public sealed class EtcdFailOverTests(EtcdFixture fixture) : IClassFixture<EtcdFixture>
{
    private readonly string key = $"f/{Guid.NewGuid():N}";

    [Fact]
    public async Task A_read_goes_on_to_the_next_member()
    {
        using KeptPort dead = KeptPort.Take();
        using EtcdClient client = WithADeadMember(dead);
        Assert.Null(await client.GetAsync(key, default));
        await client.PutAsync(key, Bytes("1"), 0, default);
    }

    [Fact]
    public async Task A_write_is_not_repeated_but_the_next_one_goes_elsewhere()
    {
        using KeptPort dead = KeptPort.Take();
        using EtcdClient client = WithADeadMember(dead);
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => client.PutAsync(key, Bytes("1"), 0, default));
        Assert.Equal(EtcdFaultKind.Unavailable, e.Kind);
        Assert.Contains($"the put of '{key}'", e.Message, StringComparison.Ordinal);
        await client.PutAsync(key, Bytes("2"), 0, default);
        Assert.Equal(1, (await client.GetAsync(key, default))!.Version);
    }

    [Fact]
    public async Task A_member_that_does_not_answer_is_a_passed_deadline_for_a_write()
    {
        await using TcpGate silent = new(new Uri($"http://{fixture.Etcd.Endpoint}"));
        await silent.SetAsync(GateMode.Silent);
        using EtcdClient client = new(new EtcdOptions { Endpoints = [silent.Authority], Timeout = TimeSpan.FromMilliseconds(200) }, TimeProvider.System);
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => client.PutAsync(key, Bytes("1"), 0, default));
        Assert.Contains(e.Kind, new[] { EtcdFaultKind.DeadlineExceeded, EtcdFaultKind.Unavailable });
        Assert.Contains(silent.Authority, e.Message, StringComparison.Ordinal);
    }

    private EtcdClient WithADeadMember(KeptPort dead) =>
        new(new EtcdOptions { Endpoints = [dead.Address.Authority, $"http://{fixture.Etcd.Endpoint}/"] }, TimeProvider.System);
}
