using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Sockets;
using MilvusCdc.Tests.Shared;
using static MilvusCdc.Core.Tests.Source.SourceEtcd;

namespace MilvusCdc.Core.Tests.Source;

/// <summary>Against a real etcd, emptied before each test; every wait has a deadline.</summary>
public sealed class CatalogWatcherTests(CatalogWatcherTests.Etcd etcd) : IClassFixture<CatalogWatcherTests.Etcd>, IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(40));
    private readonly EtcdProcess _process = etcd.Process;
    private readonly EtcdClient _source = Client(etcd.Process.Endpoint);

    private CancellationToken Deadline => _deadline.Token;

    public async Task InitializeAsync()
    {
        await _source.DeletePrefixAsync("", Deadline);
        await WriteAsync([.. Save("database/db-info/1", 50, Database(1, "default"))]);
    }

    public async Task DisposeAsync() => await _source.DisposeAsync();

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task What_is_there_and_what_comes_then_both_are_known()
    {
        await WriteAsync(Created(5, 100));
        await using CatalogWatcher watcher = Watcher(_source);
        await watcher.StartAsync(Deadline);
        Assert.Equal(["100 +collection default/books 5"], watcher.History.Changes(0, ulong.MaxValue).Lines());

        CatalogHistory seen = watcher.History;
        Task<CatalogHistory> changed = watcher.ChangedAsync(seen, Deadline);
        await WriteAsync(Save("partitions/5/9", 120, Partition(5, 9, 120, "p")));
        CatalogHistory now = await changed;
        Assert.Equal(["120 +partition 5.p 9"], now.ArrivedSince(seen.Revision).Lines());
    }

    [Fact]
    public async Task A_fence_after_a_write_then_the_write_is_known()
    {
        await using CatalogWatcher watcher = Watcher(_source);
        await watcher.StartAsync(Deadline);
        for (int i = 0; i < 50; i++)
        {
            long collection = 1000 + (i * 10);
            long revision = await WriteAsync(Created(collection, (ulong)(1000 + i), $"c{i}"));
            await watcher.FenceAsync(Deadline);
            Assert.True(watcher.History.Knows(collection));
            Assert.True(watcher.History.Revision >= revision);
        }
    }

    [Fact]
    public async Task A_fence_while_only_other_keys_change_then_it_passes_them()
    {
        await using CatalogWatcher watcher = Watcher(_source);
        await watcher.StartAsync(Deadline);
        CatalogHistory seen = watcher.History;
        long revision = await _source.PutAsync("by-dev/meta/session/proxy-1", "{}"u8.ToArray(), 0, Deadline);
        await watcher.FenceAsync(Deadline);
        Assert.True(watcher.History.Revision >= revision);
        Assert.True(watcher.History.KnowsWhat(seen));
        await watcher.FenceAsync(Deadline);
    }

    [Fact]
    public async Task Many_fences_and_writes_at_once_then_every_caller_sees_its_own_write()
    {
        await using CatalogWatcher watcher = Watcher(_source);
        await watcher.StartAsync(Deadline);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            await WriteAsync(Created(1000 + (i * 10), (ulong)(1000 + i), $"c{i}"));
            await watcher.FenceAsync(Deadline);
            Assert.True(watcher.History.Knows(1000 + (i * 10)));
        }));
        Assert.Equal(40, watcher.History.Changes(0, ulong.MaxValue).Count);
    }

    [Fact]
    public async Task Nothing_under_the_prefix_then_the_error_says_what_to_check()
    {
        await using var watcher = new CatalogWatcher(
            _source, "10.0.0.7:2379", new CatalogOptions { RootPath = "nobody" }, TimeProvider.System, NullLogger<CatalogWatcher>.Instance);
        var error = await Assert.ThrowsAsync<CatalogUnavailableException>(() => watcher.StartAsync(Deadline));
        Assert.Equal("nothing under 'nobody/meta/root-coord/' in etcd at 10.0.0.7:2379: check rootPath and metaSubPath", error.Message);
    }

    [Fact]
    public async Task A_broken_record_arrives_then_fences_and_waiters_say_so()
    {
        await using CatalogWatcher watcher = Watcher(_source);
        await watcher.StartAsync(Deadline);
        Task<CatalogHistory> changed = watcher.ChangedAsync(watcher.History, Deadline);
        await _source.PutAsync($"{Root}root-coord/fields/5/100", new byte[] { 0xFF, 0, 0 }, 0, Deadline);
        var fenced = await Assert.ThrowsAsync<CatalogException>(() => watcher.FenceAsync(Deadline));
        Assert.StartsWith("etcd key 'by-dev/meta/root-coord/fields/5/100': 3 bytes that are no FieldSchema", fenced.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CatalogException>(() => changed);
        await Assert.ThrowsAsync<CatalogException>(() => watcher.FenceAsync(Deadline));
    }

    [Fact]
    public async Task Etcd_is_killed_and_comes_back_then_nothing_is_missed()
    {
        await WriteAsync(Created(5, 100));
        await using CatalogWatcher watcher = Watcher(_source);
        await watcher.StartAsync(Deadline);
        await _process.KillAsync();
        Task early = watcher.FenceAsync(Deadline);
        await _process.RestartAsync();
        await WriteAsync(Save("database/collection-info/1/5", 200, Collection(5, 100, "renamed")));
        await watcher.FenceAsync(Deadline);
        await early;
        Assert.Equal(["100 +collection default/books 5", "200 ~collection default/books -> default/renamed 5"], watcher.History.Changes(0, ulong.MaxValue).Lines());
    }

    [Fact]
    public async Task Etcd_cannot_be_reached_then_a_fence_ends_at_its_deadline_and_later_ones_succeed()
    {
        await using var proxy = new TcpGate(new Uri($"http://{_process.Endpoint}"));
        await using EtcdClient client = Client(proxy.Authority);
        await using CatalogWatcher watcher = Watcher(client, TimeSpan.FromMilliseconds(600));
        await watcher.StartAsync(Deadline);
        await proxy.SetAsync(GateMode.Resetting);
        long begun = Stopwatch.GetTimestamp();
        var lost = await Assert.ThrowsAsync<CatalogUnavailableException>(() => watcher.FenceAsync(Deadline));
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.FromMilliseconds(500), Patience);
        Assert.StartsWith("the source's metadata in etcd at the source was not complete within 0.6 s: ", lost.Message, StringComparison.Ordinal);
        await proxy.SetAsync(GateMode.Open);
        await WriteAsync(Created(5, 100));
        await EventuallyAsync(watcher);
        Assert.True(watcher.History.Knows(5));
    }

    [Fact]
    public async Task What_the_watch_missed_was_compacted_away_then_another_listing_brings_it()
    {
        await WriteAsync([.. Created(5, 100), .. Created(15, 110, "goes")]);
        await using var proxy = new TcpGate(new Uri($"http://{_process.Endpoint}"));
        await using EtcdClient client = Client(proxy.Authority);
        await using CatalogWatcher watcher = Watcher(client, TimeSpan.FromMilliseconds(600));
        await watcher.StartAsync(Deadline);
        CatalogHistory seen = watcher.History;
        await proxy.SetAsync(GateMode.Resetting);

        // While nobody watched: a drop that was garbage-collected since, a rename, and more than a watch could be told.
        await WriteAsync(Save("database/collection-info/1/5", 200, Collection(5, 100, "renamed")));
        await _source.DeletePrefixAsync($"{Root}root-coord/database/collection-info/1/15", Deadline);
        await _source.DeletePrefixAsync($"{Root}snapshots/root-coord/database/collection-info/1/15", Deadline);
        long revision = await WriteAsync(Created(25, 300, "new"));
        await _process.ControlAsync("compact", $"{revision}");
        await proxy.SetAsync(GateMode.Open);
        await EventuallyAsync(watcher);
        Assert.Equal(
            ["111 -collection default/goes 15", "200 ~collection default/books -> default/renamed 5", "300 +collection default/new 25"],
            watcher.History.ArrivedSince(seen.Revision).Lines());
        await WriteAsync(Created(35, 400, "afterwards"));
        await EventuallyAsync(watcher);
        Assert.True(watcher.History.Knows(35));
    }

    [Fact]
    public async Task The_recorded_session_is_written_again_then_watching_it_gives_the_same_changes()
    {
        EtcdRecording recording = EtcdRecording.Session;
        await WriteAsync([.. recording.Before.Select(one => one.Change)]);
        await using var watcher = new CatalogWatcher(_source, "the source", recording.Options, TimeProvider.System, NullLogger<CatalogWatcher>.Instance);
        await watcher.StartAsync(Deadline);
        foreach ((_, List<CatalogKeyChange> changes) in recording.WatchedRevisions)
        {
            await WriteAsync([.. changes]);
        }

        await watcher.FenceAsync(Deadline);
        Assert.Equal(recording.Watched().Changes(0, ulong.MaxValue).Lines(), watcher.History.Changes(0, ulong.MaxValue).Lines());
    }

    [Fact]
    public async Task Disposed_while_a_fence_waits_then_the_fence_ends()
    {
        await using var proxy = new TcpGate(new Uri($"http://{_process.Endpoint}"));
        await using EtcdClient client = Client(proxy.Authority);
        CatalogWatcher watcher = Watcher(client);
        await watcher.StartAsync(Deadline);
        await proxy.SetAsync(GateMode.Resetting);
        Task fence = watcher.FenceAsync(Deadline);
        await watcher.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fence);
    }

    private static EtcdClient Client(string endpoint) => new(new EtcdOptions { Endpoints = [endpoint] }, TimeProvider.System);

    private static CatalogWatcher Watcher(EtcdClient client, TimeSpan? fenceTimeout = null) => new(
        client,
        "the source",
        new CatalogOptions { FenceTimeout = fenceTimeout ?? Patience, ReconnectDelay = TimeSpan.FromMilliseconds(50) },
        TimeProvider.System,
        NullLogger<CatalogWatcher>.Instance);

    /// <summary>Fences until one succeeds: the way back to etcd takes as long as the client's own pauses.</summary>
    private async Task EventuallyAsync(CatalogWatcher watcher)
    {
        while (true)
        {
            try
            {
                await watcher.FenceAsync(Deadline);
                return;
            }
            catch (CatalogUnavailableException) when (!Deadline.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    private async Task<long> WriteAsync(IReadOnlyList<CatalogKeyChange> changes)
    {
        long revision = 0;
        foreach (CatalogKeyChange[] chunk in changes.Chunk(128))
        {
            var txn = new EtcdTxn();
            foreach (CatalogKeyChange change in chunk)
            {
                _ = change.Value is { } value ? txn.Then.Put(change.Key, value) : txn.Then.Delete(change.Key);
            }

            revision = (await _source.TxnAsync(txn, Deadline)).Revision;
        }

        return revision;
    }

    public sealed class Etcd : IAsyncLifetime
    {
        internal EtcdProcess Process { get; private set; } = null!;

        public async Task InitializeAsync() => Process = await EtcdProcess.StartAsync();

        public async Task DisposeAsync() => await Process.DisposeAsync();
    }
}
