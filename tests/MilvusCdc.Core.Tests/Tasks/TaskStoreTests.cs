using System.Text;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Core.Tests.Tasks;

public sealed class TaskStoreTests : IAsyncLifetime
{
    private readonly MetaKeys _keys = new("cdc");
    private EtcdProcess _server = null!;
    private EtcdClient _etcd = null!;
    private TaskStore _store = null!;
    private TaskClaims _claims = null!;

    public async Task InitializeAsync()
    {
        _server = await EtcdProcess.StartAsync();
        _etcd = new EtcdClient(new EtcdOptions { Endpoints = [_server.Endpoint] }, TimeProvider.System);
        _store = new TaskStore(_etcd, _keys);
        _claims = new TaskClaims(_etcd, _keys);
    }

    public async Task DisposeAsync()
    {
        await _etcd.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Store_keeps_everything_and_lists_in_order_of_id()
    {
        foreach (string id in (string[])["b", "é", "B", "a/../x", "a"])
        {
            Assert.True(await _store.TryCreateAsync(Sample.Record(id), await ListAsync(), default));
        }

        TaskListing listing = await ListAsync();
        Assert.Equal(["B", "a", "a/../x", "b", "é"], listing.Tasks.Select(static task => task.Definition.Id));
        Assert.Equivalent(Sample.Record("a").Definition, (await _store.FindAsync("a", default))!.Definition, strict: true);
        Assert.Null(await _store.FindAsync("c", default));
    }

    [Fact]
    public async Task Creation_fails_when_another_was_decided_meanwhile()
    {
        TaskListing before = await ListAsync();
        Assert.True(await _store.TryCreateAsync(Sample.Record("a"), before, default));

        Assert.False(await _store.TryCreateAsync(Sample.Record("b"), before, default));
        Assert.False(await _store.TryCreateAsync(Sample.Record("a"), await ListAsync(), default));
    }

    [Fact]
    public async Task Updates_at_the_same_time_all_count()
    {
        await _store.TryCreateAsync(Sample.Record("a"), await ListAsync(), default);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _store.UpdateAsync("a", static task => task with { Resumes = task.Resumes + 1 }, default)));

        Assert.Equal(8, (await _store.FindAsync("a", default))!.Resumes);
        Assert.Null(await _store.UpdateAsync("missing", static task => task, default));
        Assert.Null(await _store.UpdateAsync("a", static _ => null, default));
    }

    [Fact]
    public async Task Unreadable_record_harms_no_other()
    {
        await _store.TryCreateAsync(Sample.Record("a"), await ListAsync(), default);
        await _etcd.PutAsync(_keys.Task("bad"), Encoding.UTF8.GetBytes("garbage"), 0, default);

        TaskListing listing = await ListAsync();
        Assert.Equal("a", Assert.Single(listing.Tasks).Definition.Id);
        Assert.Contains("cdc/tasks/bad", Assert.Single(listing.Unreadable), StringComparison.Ordinal);
        await Assert.ThrowsAsync<TaskRecordException>(() => _store.FindAsync("bad", default));
    }

    [Fact]
    public async Task Watch_continues_the_listing()
    {
        TaskListing listing = await ListAsync();
        await _store.TryCreateAsync(Sample.Record("a"), listing, default);
        await using (EtcdLease lease = await _etcd.GrantLeaseAsync(TimeSpan.FromSeconds(10), default))
        {
            Assert.NotNull(await _claims.TryClaimAsync(Sample.Task("a"), "w", lease.Id, default));
        }

        await _store.RemoveAsync("a", default);

        List<StoreChange> seen = [];
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
        await foreach (StoreChange change in _store.WatchAsync(listing.Revision + 1, patience.Token))
        {
            seen.Add(change);
            if (change is StoreChange.TaskGone)
            {
                break;
            }
        }

        Assert.Equal("a", Assert.IsType<StoreChange.TaskStored>(seen[0]).Record.Definition.Id);
        Assert.Contains(seen, static change => change is StoreChange.OwnerGone { TaskId: "a" });
        Assert.Contains(seen, static change => change is StoreChange.TargetGone);
    }

    [Fact]
    public async Task One_worker_has_all_tasks_of_a_target()
    {
        foreach ((string id, string target) in (IEnumerable<(string, string)>)[("a", "http://t1:1"), ("b", "http://T1:1"), ("c", "http://t2:1")])
        {
            await _store.TryCreateAsync(Sample.Record(id, target: target), await ListAsync(), default);
        }

        await using EtcdLease first = await _etcd.GrantLeaseAsync(TimeSpan.FromSeconds(10), default);
        await using EtcdLease second = await _etcd.GrantLeaseAsync(TimeSpan.FromSeconds(10), default);
        TaskOwnership? a = await ClaimAsync("a", "http://t1:1", first);
        Assert.NotNull(a);
        Assert.Null(await ClaimAsync("a", "http://t1:1", second));
        Assert.Null(await ClaimAsync("b", "http://T1:1", second));
        Assert.NotNull(await ClaimAsync("c", "http://t2:1", second));
        TaskOwnership? b = await ClaimAsync("b", "http://T1:1", first);
        Assert.NotNull(b);
        Assert.Null(await ClaimAsync("unknown", "http://t1:1", first));

        await _claims.ReleaseAsync(a, lastOf: null, first.Id, default);
        Assert.Null(await ClaimAsync("a", "http://t1:1", second));
        await _claims.ReleaseAsync(b, Sample.Task("b", target: "http://t1:1").Target, first.Id, default);
        Assert.NotNull(await ClaimAsync("a", "http://t1:1", second));
    }

    [Fact]
    public async Task Status_is_shown_only_by_the_owner_and_only_while_it_lives()
    {
        await _store.TryCreateAsync(Sample.Record("a"), await ListAsync(), default);
        TaskOwnership ownership;
        await using (EtcdLease lease = await _etcd.GrantLeaseAsync(TimeSpan.FromSeconds(10), default))
        {
            ownership = (await ClaimAsync("a", "http://127.0.0.1:19530", lease))!;
            byte[] status = Encoding.UTF8.GetBytes("""{"id":"a","state":"Running","phase":"Streaming","since":"2026-11-22T00:00:00+00:00","frontier":"18446744073709551615"}""");
            await _claims.PublishStatusAsync("a", status, ownership with { CreateRevision = 1 }, lease.Id, default);
            Assert.Null(await _store.FindStatusAsync("a", default));

            await _claims.PublishStatusAsync("a", status, ownership, lease.Id, default);
            TaskReport shown = (await _store.FindStatusAsync("a", default))!;
            Assert.Equal((TaskPhase.Streaming, ulong.MaxValue), (shown.Phase, shown.Frontier));
            Assert.Single(await _store.ListStatusesAsync(default));
        }

        Assert.Null(await _store.FindStatusAsync("a", default));
    }

    private Task<TaskListing> ListAsync() => _store.ListAsync(default);

    private Task<TaskOwnership?> ClaimAsync(string id, string target, EtcdLease lease) => _claims.TryClaimAsync(Sample.Task(id, target: target), "w", lease.Id, default);
}
