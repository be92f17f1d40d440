using Google.Protobuf;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Etcd.Wire;

namespace MilvusCdc.Protocol.Tests.Etcd;

public sealed class EtcdPureTests
{
    [Fact]
    public void Options_list_every_problem()
    {
        EtcdOptions options = new()
        {
            Endpoints = ["127.0.0.1", "ftp://host:1", "host:2379/path", "ok:2379"],
            User = "root",
            ClientKeyFile = "/no/such/key",
            Timeout = TimeSpan.Zero,
        };
        IReadOnlyList<string> problems = options.Validate();
        Assert.Equal(7, problems.Count);
        Assert.DoesNotContain(problems, problem => problem.Contains("ok:2379", StringComparison.Ordinal));
        ArgumentException e = Assert.Throws<ArgumentException>(() => new EtcdClient(options, TimeProvider.System));
        Assert.All(problems, problem => Assert.Contains(problem, e.Message, StringComparison.Ordinal));
        Assert.Single(new EtcdOptions().Validate());
    }

    [Theory]
    [InlineData("127.0.0.1:2379", "http://127.0.0.1:2379/")]
    [InlineData("etcd-0.svc:2379", "http://etcd-0.svc:2379/")]
    [InlineData("https://h:2379", "https://h:2379/")]
    [InlineData("http://h:2379/", "http://h:2379/")]
    [InlineData("[::1]:2379", "http://[::1]:2379/")]
    [InlineData("[::1]", null)]
    [InlineData("h", null)]
    [InlineData("", null)]
    [InlineData("h:x", null)]
    public void Endpoints_are_read(string endpoint, string? url) => Assert.Equal(url, new EtcdOptions().Parse(endpoint)?.ToString());

    [Fact]
    public void An_endpoint_without_scheme_is_https_with_tls_files() =>
        Assert.Equal("https", new EtcdOptions { AuthorityFile = "/ca.pem" }.Parse("h:2379")!.Scheme);

    [Fact]
    public void Ranges_end_behind_the_prefix()
    {
        Assert.Equal("b", EtcdKeys.End("a").ToStringUtf8());
        Assert.Equal("a0", EtcdKeys.End("a/").ToStringUtf8());
        Assert.Equal("\0", EtcdKeys.End("").ToStringUtf8());
        Assert.Equal("\0", EtcdKeys.First("").ToStringUtf8());
        Assert.Equal("a\0", EtcdKeys.After(ByteString.CopyFromUtf8("a")).ToStringUtf8());
    }

    [Fact]
    public void Cover_reaches_from_the_first_to_the_last_prefix()
    {
        (ByteString first, ByteString end) = EtcdKeys.Cover(["m/b/", "m/a/", "m/c"]);
        Assert.Equal(("m/a/", "m/d"), (first.ToStringUtf8(), end.ToStringUtf8()));
        Assert.Equal("\0", EtcdKeys.Cover(["m", ""]).First.ToStringUtf8());
        Assert.Equal("\0", EtcdKeys.Cover(["m", ""]).End.ToStringUtf8());
    }

    [Fact]
    public void Fragments_become_whole_revisions()
    {
        EtcdWatchAssembler assembler = new(["a/", "b/"], 5);
        Assert.Empty(assembler.Add(new WatchResponse { Created = true, Header = Header(9) }));
        Assert.Equal(5, assembler.Next);
        Assert.Empty(assembler.Add(Changes(fragment: true, ("a/1", 5), ("a/2", 5))));
        IReadOnlyList<EtcdWatchBatch> batches = assembler.Add(Changes(fragment: false, ("b/3", 5), ("x/4", 6), ("b/4", 7), ("x/5", 8)));
        Assert.Equal([5, 7], batches.Select(batch => batch.Revision));
        Assert.Equal(["a/1", "a/2", "b/3"], batches[0].Events.Select(e => e.KeyValue.Key));
        Assert.Equal(9, assembler.Next);
    }

    [Fact]
    public void A_watch_from_now_that_breaks_before_its_first_event_goes_on_where_it_was_created()
    {
        EtcdWatchAssembler assembler = new(["a/"], 0);
        assembler.Add(new WatchResponse { Created = true, Header = Header(9) });
        Assert.Equal(10, assembler.Next);
        assembler.Add(new WatchResponse { Created = true, Header = Header(20) });
        Assert.Equal(10, assembler.Next);
    }

    [Fact]
    public void A_stream_that_breaks_inside_a_fragment_goes_on_at_its_first_revision()
    {
        EtcdWatchAssembler assembler = new(["a/"], 5);
        assembler.Add(Changes(fragment: true, ("a/1", 5)));
        assembler.Restart();
        Assert.Equal(5, assembler.Next);
        Assert.Equal(["a/1", "a/2"], assembler.Add(Changes(fragment: false, ("a/1", 5), ("a/2", 5))).Single().Events.Select(e => e.KeyValue.Key));
    }

    [Fact]
    public void Progress_is_an_empty_batch_and_moves_on()
    {
        EtcdWatchAssembler assembler = new(["a/"], 5);
        EtcdWatchBatch progress = Assert.Single(assembler.Add(new WatchResponse { Header = Header(50) }));
        Assert.Equal(50, progress.Revision);
        Assert.Empty(progress.Events);
        Assert.Equal(51, assembler.Next);
        Assert.Empty(assembler.Add(new WatchResponse { Header = Header(50) }));
        Assert.Empty(assembler.Add(Changes(fragment: false, ("a/1", 49))));
    }

    private static ResponseHeader Header(long revision) => new() { Revision = revision };

    private static WatchResponse Changes(bool fragment, params (string Key, long Revision)[] changes) => new()
    {
        Header = Header(100),
        Fragment = fragment,
        Events = { changes.Select(change => new Event { Kv = new KeyValue { Key = ByteString.CopyFromUtf8(change.Key), ModRevision = change.Revision } }) },
    };
}
