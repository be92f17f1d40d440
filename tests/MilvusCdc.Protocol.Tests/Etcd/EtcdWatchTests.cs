using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Sockets;
using MilvusCdc.Tests.Shared;
using static MilvusCdc.Protocol.Tests.Etcd.EtcdFixture;

namespace MilvusCdc.Protocol.Tests.Etcd;

public sealed class EtcdWatchTests(EtcdFixture fixture) : IClassFixture<EtcdFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly EtcdClient client = fixture.Client;
    private readonly string prefix = $"w/{Guid.NewGuid():N}/";

    [Fact]
    public async Task Batches_rise_and_are_whole_across_prefixes_and_leave_the_rest_out()
    {
        long from = await client.RevisionAsync(default) + 1;
        List<long> revisions = [];
        for (int i = 0; i < 100; i++)
        {
            EtcdTxn txn = new();
            txn.Then.Put($"{prefix}a/{i}", Bytes("x")).Put($"{prefix}b/{i}", Bytes("x")).Put($"{prefix}c/{i}", Bytes("x"));
            revisions.Add((await client.TxnAsync(txn, default)).Revision);
            await client.PutAsync($"{prefix}b0", Bytes("noise"), 0, default);
        }

        List<EtcdWatchBatch> batches = await ReadAsync(client, [prefix + "c/", prefix + "a/"], from, 100);
        Assert.Equal(revisions, batches.Select(batch => batch.Revision));
        for (int i = 0; i < batches.Count; i++)
        {
            Assert.Equal([$"{prefix}a/{i}", $"{prefix}c/{i}"], batches[i].Events.Select(e => e.KeyValue.Key));
        }
    }

    [Fact]
    public async Task Live_changes_come_as_they_happen_with_deletes()
    {
        using CancellationTokenSource limit = new(Limit);
        await using IAsyncEnumerator<EtcdWatchBatch> watch = client.WatchAsync([prefix], await client.RevisionAsync(default) + 1, limit.Token).GetAsyncEnumerator();
        Task<bool> next = watch.MoveNextAsync().AsTask();
        long put = await client.PutAsync(prefix + "a", Bytes("1"), 0, default);
        Assert.True(await next);
        EtcdEvent written = Assert.Single(watch.Current.Events);
        Assert.Equal((EtcdEventKind.Put, "1", put, put), (written.Kind, Text(written.KeyValue), watch.Current.Revision, written.KeyValue.ModRevision));

        next = watch.MoveNextAsync().AsTask();
        await client.DeleteAsync(prefix + "a", default);
        Assert.True(await next);
        EtcdEvent deleted = Assert.Single(watch.Current.Events);
        Assert.Equal((EtcdEventKind.Delete, prefix + "a", put + 1), (deleted.Kind, deleted.KeyValue.Key, deleted.KeyValue.ModRevision));
        Assert.True(deleted.KeyValue.Value.IsEmpty);
    }

    [Fact]
    public async Task A_revision_larger_than_a_message_arrives_whole()
    {
        long from = await client.RevisionAsync(default) + 1;
        for (int i = 0; i < 12; i++)
        {
            await client.PutAsync($"{prefix}{i:D2}", new byte[1_000_000], 0, default);
        }

        // One transaction deletes all; before it, catching up brings 12 MB, which etcd sends in fragments of 1.5 MB.
        await client.DeletePrefixAsync(prefix, default);
        List<EtcdWatchBatch> batches = await ReadAsync(client, [prefix], from, 13);
        Assert.Equal(Enumerable.Range(0, 13).Select(i => from + i), batches.Select(batch => batch.Revision));
        Assert.Equal(12, batches[^1].Events.Count);
        Assert.All(batches.Take(12), batch => Assert.Equal(1_000_000, batch.Events.Single().KeyValue.Value.Length));
    }

    [Fact]
    public async Task A_watch_ends_with_its_token()
    {
        using CancellationTokenSource source = new();
        Task<List<EtcdWatchBatch>> reading = ReadAsync(client, [prefix], 0, 1, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_watch_from_a_compacted_revision_says_where_it_can_begin()
    {
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using EtcdClient own = Connect(etcd);
        for (int i = 0; i < 10; i++)
        {
            await own.PutAsync("a", Bytes($"{i}"), 0, default);
        }

        await etcd.ControlAsync("compact", "8");
        EtcdCompactedException e = await Assert.ThrowsAsync<EtcdCompactedException>(() => ReadAsync(own, ["a"], 3, 1));
        Assert.Equal((8L, EtcdFaultKind.Compacted), (e.CompactRevision, e.Kind));
        Assert.Equal(9, (await ReadAsync(own, ["a"], 9, 1)).Single().Revision);

        EtcdException range = await Assert.ThrowsAsync<EtcdException>(() => own.RangeAsync("a", new EtcdRangeOptions { Revision = 3 }, default));
        Assert.Equal(EtcdFaultKind.Compacted, range.Kind);
    }

    [Fact]
    public async Task A_watch_goes_on_without_gap_or_repeat_when_etcd_is_killed_and_started_again()
    {
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using EtcdClient own = Connect(etcd);
        using EtcdClient impatient = Connect(etcd, timeout: TimeSpan.FromSeconds(1));
        const int Rounds = 2;
        const int PerRound = 20;
        Task<List<EtcdWatchBatch>> reading = ReadAsync(own, ["a/", "b/"], 2, Rounds * PerRound);
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < PerRound; i++)
            {
                await own.PutAsync(i % 2 == 0 ? "a/x" : "b/x", Bytes($"{(round * PerRound) + i}"), 0, default);
            }

            await etcd.KillAsync();
            EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => impatient.GetAsync("a/x", default));
            Assert.Equal(EtcdFaultKind.Unavailable, e.Kind);
            await etcd.RestartAsync();
            Assert.NotNull(await own.GetAsync("a/x", default));
        }

        List<EtcdWatchBatch> batches = await reading;
        Assert.Equal(Enumerable.Range(0, Rounds * PerRound).Select(i => $"{i}"), batches.Select(batch => Text(batch.Events.Single().KeyValue)));
        Assert.Equal(Enumerable.Range(2, Rounds * PerRound).Select(i => (long)i), batches.Select(batch => batch.Revision));
    }

    [Fact]
    public async Task A_watch_of_a_store_that_was_replaced_says_so()
    {
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using EtcdClient own = Connect(etcd);
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => ReadAsync(own, ["a"], 1000, 1));
        Assert.Equal(EtcdFaultKind.StoreReplaced, e.Kind);
    }

    [Fact]
    public async Task An_open_watch_ends_when_its_client_is_disposed_of()
    {
        EtcdClient own = Connect(fixture.Etcd);
        await own.PutAsync(prefix + "a", Bytes("1"), 0, default);
        EtcdKeyValue? written = await own.GetAsync(prefix + "a", default);
        IAsyncEnumerator<EtcdWatchBatch> watch = own.WatchAsync([prefix], written!.ModRevision, default).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        Task<bool> next = watch.MoveNextAsync().AsTask();
        own.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => next.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_watch_that_is_being_opened_ends_when_its_client_is_disposed_of()
    {
        EtcdClient own = Connect(fixture.Etcd);
        IAsyncEnumerator<EtcdWatchBatch> watch = own.WatchAsync([prefix], 0, default).GetAsyncEnumerator();
        Task<bool> next = watch.MoveNextAsync().AsTask();
        own.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => next.WaitAsync(Limit));
    }

    [Fact]
    public void A_dead_member_is_noticed_within_15_seconds()
    {
        EtcdOptions options = new();
        Assert.True(options.PingDelay > TimeSpan.FromSeconds(5), "etcd takes more frequent pings for abuse");
        Assert.True(options.PingDelay + (options.PingTimeout * 1.5) < TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task A_member_that_freezes_is_noticed_and_another_member_goes_on()
    {
        await using EtcdProcess etcd = await EtcdProcess.StartAsync("--grpc-keepalive-min-time", "100ms");
        await using TcpGate first = new(new Uri($"http://{etcd.Endpoint}"));
        await using TcpGate second = new(new Uri($"http://{etcd.Endpoint}"));
        using EtcdClient own = new(new EtcdOptions { Endpoints = [first.Authority, second.Authority], PingDelay = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(1) }, TimeProvider.System);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        await using IAsyncEnumerator<EtcdWatchBatch> watch = own.WatchAsync(["a"], 2, limit.Token).GetAsyncEnumerator();
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await own.PutAsync("a", Bytes("1"), 0, default);
        Assert.True(await next);

        next = watch.MoveNextAsync().AsTask();
        await first.SetAsync(GateMode.Silent);
        using EtcdClient writer = Connect(etcd);
        await writer.PutAsync("a", Bytes("2"), 0, default);
        Assert.True(await next);
        Assert.Equal("2", Text(watch.Current.Events.Single().KeyValue));
    }

    private static async Task<List<EtcdWatchBatch>> ReadAsync(
        EtcdClient client, IReadOnlyList<string> prefixes, long from, int count, CancellationToken cancellation = default)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        List<EtcdWatchBatch> batches = [];
        await foreach (EtcdWatchBatch batch in client.WatchAsync(prefixes, from, limit.Token))
        {
            batches.Add(batch);
            if (batches.Count == count)
            {
                break;
            }
        }

        return batches;
    }
}
