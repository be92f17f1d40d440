using System.Diagnostics;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Tests.Shared;
using static MilvusCdc.Protocol.Tests.Etcd.EtcdFixture;

namespace MilvusCdc.Protocol.Tests.Etcd;

public sealed class EtcdLeaseTests(EtcdFixture fixture) : IClassFixture<EtcdFixture>
{
    private readonly EtcdClient client = fixture.Client;
    private readonly string key = $"l/{Guid.NewGuid():N}";

    [Fact]
    public async Task A_lease_outlives_its_time_to_live_and_its_keys_vanish_when_it_is_disposed_of()
    {
        EtcdLease lease = await client.GrantLeaseAsync(TimeSpan.FromSeconds(5), default);
        await client.PutAsync(key, Bytes("x"), lease.Id, default);

        // Past its time to live, it is there only if keep-alives were answered.
        await Task.Delay(lease.Ttl * 1.2);
        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.InRange(lease.Remaining, TimeSpan.FromMilliseconds(1), lease.Ttl);
        Assert.Equal(lease.Id, (await client.GetAsync(key, default))!.Lease);

        await lease.DisposeAsync();
        Assert.Null(await client.GetAsync(key, default));
        Assert.False(lease.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_lease_that_somebody_revokes_is_lost_at_the_next_keep_alive()
    {
        await using EtcdLease lease = await client.GrantLeaseAsync(TimeSpan.FromSeconds(5), default);
        await fixture.Etcd.ControlAsync("lease", "revoke", $"{lease.Id:x}");
        await WhenLostAsync(lease);
        Assert.Equal(TimeSpan.Zero, lease.Remaining);
    }

    [Fact]
    public async Task A_lease_is_lost_after_its_time_to_live_when_etcd_is_gone()
    {
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using EtcdClient own = Connect(etcd);
        EtcdLease lease = await own.GrantLeaseAsync(TimeSpan.FromSeconds(2), default);
        await etcd.KillAsync();
        await WhenLostAsync(lease);
        Assert.Equal(TimeSpan.Zero, lease.Remaining);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task A_lease_is_lost_when_etcd_freezes_before_etcd_lets_it_go()
    {
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using EtcdClient own = Connect(etcd);
        EtcdLease lease = await own.GrantLeaseAsync(TimeSpan.FromSeconds(4), default);
        await own.PutAsync(key, Bytes("x"), lease.Id, default);
        await etcd.FreezeAsync();
        await WhenLostAsync(lease);
        await etcd.ThawAsync();
        Assert.Equal(TimeSpan.Zero, lease.Remaining);
        await lease.DisposeAsync();
        Assert.Null(await own.GetAsync(key, default));
    }

    [Fact]
    public async Task A_lease_survives_a_short_restart_of_etcd()
    {
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using EtcdClient own = Connect(etcd);
        await using EtcdLease lease = await own.GrantLeaseAsync(TimeSpan.FromSeconds(20), default);
        await own.PutAsync(key, Bytes("x"), lease.Id, default);
        await etcd.KillAsync();
        long killed = Stopwatch.GetTimestamp();
        TimeSpan left = lease.Remaining;
        await etcd.RestartAsync();
        await UntilAsync(() => Task.FromResult(lease.Remaining + Stopwatch.GetElapsedTime(killed) > left + TimeSpan.FromSeconds(0.5)), lease.Ttl * 2);
        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.NotNull(await own.GetAsync(key, default));
    }

    [Fact]
    public async Task A_lease_whose_client_is_gone_is_lost_in_time_and_can_be_disposed_of()
    {
        EtcdClient own = Connect(fixture.Etcd);
        EtcdLease lease = await own.GrantLeaseAsync(TimeSpan.FromSeconds(2), default);
        own.Dispose();
        await WhenLostAsync(lease);
        await lease.DisposeAsync();
    }

    private static async Task WhenLostAsync(EtcdLease lease)
    {
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = lease.Lost.Register(lost.SetResult);
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
