using MilvusCdc.Protocol.Etcd;
using static MilvusCdc.Protocol.Tests.Etcd.EtcdFixture;

namespace MilvusCdc.Protocol.Tests.Etcd;

public sealed class EtcdClientTests(EtcdFixture fixture) : IClassFixture<EtcdFixture>
{
    private readonly EtcdClient client = fixture.Client;
    private readonly string prefix = $"t/{Guid.NewGuid():N}/";

    [Fact]
    public async Task Put_get_and_delete_agree_on_revisions()
    {
        Assert.Null(await client.GetAsync(prefix + "a", default));
        long first = await client.PutAsync(prefix + "a", Bytes("1"), 0, default);
        long second = await client.PutAsync(prefix + "a", Bytes("é"), 0, default);
        EtcdKeyValue item = (await client.GetAsync(prefix + "a", default))!;
        Assert.Equal((prefix + "a", "é", first, second, 2L, 0L), (item.Key, Text(item), item.CreateRevision, item.ModRevision, item.Version, item.Lease));
        Assert.True(await client.RevisionAsync(default) >= second);
        Assert.Equal(1, await client.DeleteAsync(prefix + "a", default));
        Assert.Equal(0, await client.DeleteAsync(prefix + "a", default));
    }

    [Fact]
    public async Task Delete_of_a_prefix_leaves_its_neighbours()
    {
        foreach (string key in new[] { "a", "a/1", "a/2", "a0", "b" })
        {
            await client.PutAsync(prefix + key, Bytes("x"), 0, default);
        }

        Assert.Equal(2, await client.DeletePrefixAsync(prefix + "a/", default));
        Assert.Equal(["a", "a0", "b"], (await client.RangeAsync(prefix, null, default)).Items.Select(item => item.Key[prefix.Length..]));
    }

    [Fact]
    public async Task Range_over_many_pages_is_one_revision_even_while_keys_change()
    {
        const int Count = 2500;
        await FillAsync(Count);
        long before = await client.RevisionAsync(default);
        Task<EtcdRange> reading = client.RangeAsync(prefix, new EtcdRangeOptions { PageSize = 100 }, default);
        for (int i = 0; i < 40; i++)
        {
            await client.PutAsync($"{prefix}{Count - 1 - i:D5}", Bytes("new"), 0, default);
        }

        EtcdRange range = await reading;
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{prefix}{i:D5}"), range.Items.Select(item => item.Key));
        Assert.True(range.Revision >= before);
        Assert.All(range.Items, item => Assert.True(item.ModRevision <= range.Revision));
        EtcdRange again = await client.RangeAsync(prefix, new EtcdRangeOptions { Revision = range.Revision }, default);
        Assert.Equal(again.Items.Select(item => (item.Key, item.ModRevision)), range.Items.Select(item => (item.Key, item.ModRevision)));
    }

    [Fact]
    public async Task Range_options_limit_filter_and_leave_values_out()
    {
        await FillAsync(30);
        long late = await client.PutAsync(prefix + "00007", Bytes("late"), 0, default);
        EtcdRange limited = await client.RangeAsync(prefix, new EtcdRangeOptions { Limit = 7, PageSize = 3 }, default);
        Assert.Equal(7, limited.Items.Count);
        EtcdRange changed = await client.RangeAsync(prefix, new EtcdRangeOptions { MinModRevision = late, Serializable = true }, default);
        Assert.Equal(prefix + "00007", Assert.Single(changed.Items).Key);
        EtcdRange keys = await client.RangeAsync(prefix, new EtcdRangeOptions { KeysOnly = true }, default);
        Assert.All(keys.Items, item => Assert.True(item.Value.IsEmpty));
        EtcdRange old = await client.RangeAsync(prefix, new EtcdRangeOptions { Revision = late - 1 }, default);
        Assert.Equal("x", Text(old.Items[7]));
    }

    [Fact]
    public async Task Range_of_everything_and_of_nothing()
    {
        await FillAsync(1);
        Assert.Contains((await client.RangeAsync("", new EtcdRangeOptions { KeysOnly = true }, default)).Items, item => item.Key == prefix + "00000");
        EtcdRange none = await client.RangeAsync(prefix + "none", null, default);
        Assert.Empty(none.Items);
        Assert.True(none.Revision > 1);
    }

    [Fact]
    public async Task Txn_is_fenced_by_the_key_of_the_owner()
    {
        string owner = prefix + "owner";
        EtcdTxn take = new EtcdTxn().WhenMissing(owner);
        take.Then.Put(owner, Bytes("me"));
        take.Else.Get(owner);
        EtcdTxnResult taken = await client.TxnAsync(take, default);
        Assert.True(taken.Succeeded);
        Assert.Empty(taken.Gets);

        EtcdTxnResult refused = await client.TxnAsync(take, default);
        Assert.False(refused.Succeeded);
        Assert.Equal("me", Text(refused.Gets.Single()));

        EtcdTxn write = new EtcdTxn().WhenCreateRevision(owner, taken.Revision);
        write.Then.Put(prefix + "data", Bytes("1")).Get(prefix + "nothing");
        EtcdTxnResult written = await client.TxnAsync(write, default);
        Assert.True(written.Succeeded);
        Assert.Null(written.Gets.Single());

        // Taken over by another owner: the same write must not go through.
        await client.DeleteAsync(owner, default);
        await client.PutAsync(owner, Bytes("you"), 0, default);
        Assert.False((await client.TxnAsync(write, default)).Succeeded);
    }

    [Fact]
    public async Task Txn_conditions_each_hold_and_fail()
    {
        string key = prefix + "k";
        await using EtcdLease lease = await client.GrantLeaseAsync(TimeSpan.FromSeconds(30), default);
        long revision = await client.PutAsync(key, Bytes("v"), lease.Id, default);
        (EtcdTxn Txn, bool Holds)[] cases =
        [
            (new EtcdTxn().WhenExists(key), true),
            (new EtcdTxn().WhenExists(key + "x"), false),
            (new EtcdTxn().WhenMissing(key + "x"), true),
            (new EtcdTxn().WhenMissing(key), false),
            (new EtcdTxn().WhenModRevision(key, revision), true),
            (new EtcdTxn().WhenModRevision(key, revision - 1), false),
            (new EtcdTxn().WhenValue(key, Bytes("v")), true),
            (new EtcdTxn().WhenValue(key, Bytes("w")), false),
            (new EtcdTxn().WhenLease(key, lease.Id), true),
            (new EtcdTxn().WhenLease(key, 0), false),
            (new EtcdTxn().WhenExists(key).WhenValue(key, Bytes("w")), false),
        ];
        foreach ((EtcdTxn txn, bool holds) in cases)
        {
            Assert.Equal(holds, (await client.TxnAsync(txn, default)).Succeeded);
        }
    }

    [Fact]
    public async Task Txn_deletes_and_writes_at_one_revision()
    {
        await FillAsync(3);
        EtcdTxn txn = new();
        txn.Then.Delete(prefix + "00000").Put(prefix + "new", Bytes("1")).DeletePrefix(prefix + "00002");
        EtcdTxnResult done = await client.TxnAsync(txn, default);
        EtcdRange left = await client.RangeAsync(prefix, null, default);
        Assert.Equal([prefix + "00001", prefix + "new"], left.Items.Select(item => item.Key));
        Assert.Equal(done.Revision, left.Items[1].ModRevision);
    }

    [Fact]
    public async Task A_value_that_is_too_large_is_said_so()
    {
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => client.PutAsync(prefix + "big", new byte[1_700_000], 0, default));
        Assert.Equal(EtcdFaultKind.TooLarge, e.Kind);
        Assert.Contains(fixture.Etcd.Endpoint, e.Message, StringComparison.Ordinal);
        Assert.Contains(prefix + "big", e.Message, StringComparison.Ordinal);
        Assert.Equal(EtcdFaultKind.TooLarge, (await Assert.ThrowsAsync<EtcdException>(() => client.PutAsync(prefix + "big", new byte[4_000_000], 0, default))).Kind);
    }

    [Fact]
    public async Task An_empty_key_is_an_invalid_argument()
    {
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => client.PutAsync("", Bytes("x"), 0, default));
        Assert.Equal(EtcdFaultKind.InvalidArgument, e.Kind);
    }

    [Fact]
    public async Task A_put_with_an_unknown_lease_is_said_so()
    {
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => client.PutAsync(prefix + "a", Bytes("x"), 4711, default));
        Assert.Equal(EtcdFaultKind.LeaseNotFound, e.Kind);
    }

    private async Task FillAsync(int count)
    {
        for (int at = 0; at < count; at += 100)
        {
            EtcdTxn txn = new();
            for (int i = at; i < Math.Min(count, at + 100); i++)
            {
                txn.Then.Put($"{prefix}{i:D5}", Bytes("x"));
            }

            await client.TxnAsync(txn, default);
        }
    }
}
