using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Source.Metadata;
using MilvusCdc.Tests.Shared;
using Api = MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Sandbox.Tests.Source;

/// <summary>
/// The recorded session's calls, as its SDK sent them, to the source stand-in: it leaves the traces that the real server left. What differs, and why:
/// <list type="bullet">
/// <item>Ticks are not compared: how many there are depends on how long a call takes. Their rule is tested elsewhere.</item>
/// <item>Ids, timestamps and trace ids are other ones; they are named by what they stand for.</item>
/// <item>The order of messages on different channels is not defined (a real proxy sends them from a map); inside a channel it is compared.</item>
/// <item>Generated keys are other ones, so their rows lie in other shards; they are compared by partition and partition key.</item>
/// <item>Keys of data nodes and sessions (datacoord-meta, channelwatch, segment-index, session, kv) are not written: nothing that follows a source reads them.</item>
/// <item>A real server needs seconds to load; so between "loading" and "loaded" others may write. The stand-in loads at once.</item>
/// </list>
/// </summary>
public sealed partial class RecordedWorkloadTests
{
    private const int ConnectionsOfTheSession = 5;

    private static readonly Recording Session = Recording.Open(Path.Combine(Repository.Root, "recordings", "kafka-2.3.5"));

    [Fact]
    public async Task The_recorded_calls_leave_the_recorded_traces()
    {
        MemorySource memory = new();
        await RunSessionAsync(memory);

        List<IReadOnlyList<MetadataChange>> recordedChanges =
            [.. Session.EtcdChanges().GroupBy(one => one.Mod).Select(one => (IReadOnlyList<MetadataChange>)[.. one.Select(change => new MetadataChange(change.Key, change.Value?.ToArray()))])];
        List<(string Topic, byte[] Value)> recordedMessages = [.. Session.Topics.SelectMany(Session.Messages).Select(one => (one.Topic, one.Value.ToArray()))];
        List<(string Topic, byte[] Value)> messages = [.. memory.Records.Select(one => (one.Topic, one.Value))];
        long recordedTenants = SourceTraces.IdOf(recordedChanges, "renters"), tenants = SourceTraces.IdOf(memory.Transactions, "renters");
        SourceTraces recorded = new("s1", recordedChanges, recordedMessages.Where(one => !SourceTraces.IsOf(one.Value, recordedTenants)));
        SourceTraces found = new("s1", memory.Transactions.Skip(1), messages.Where(one => !SourceTraces.IsOf(one.Value, tenants)));

        foreach (string topic in Session.Topics)
        {
            AssertSame(topic, [.. recorded.Messages[topic]], [.. found.Messages[topic]]);
        }

        AssertSame("etcd", recorded.Metadata, found.Metadata);
        AssertSame("generated keys", SourceTraces.Scattered(recordedMessages, recordedTenants), SourceTraces.Scattered(messages, tenants));
    }

    [Fact]
    public async Task After_the_recorded_calls_it_holds_the_recorded_rows()
    {
        MemorySource memory = new();
        IReadOnlyDictionary<string, CollectionRows> found = await RunSessionAsync(memory);
        IReadOnlyDictionary<string, CollectionRows> expected = Session.SourceRows();

        // Generated keys are other ones: of those rows, their number.
        Assert.Equal(expected["default/renters"].Rows.Count, found["default/renters"].Rows.Count);
        ComparisonReport report = TableComparer.Compare(Without(expected), Without(found));
        Assert.True(report.AllEqual, string.Join("; ", report.Tables.SelectMany(table => table.Examples)));

        static Dictionary<string, CollectionRows> Without(IReadOnlyDictionary<string, CollectionRows> all) =>
            all.Where(one => one.Key != "default/renters").ToDictionary(one => one.Key, one => one.Value);
    }

    /// <summary>Does the 54 steps, and returns what the source holds then.</summary>
    private static async Task<IReadOnlyDictionary<string, CollectionRows>> RunSessionAsync(MemorySource memory)
    {
        SourceOptions options = new() { RootPath = "s1", ChannelPrefix = "s1", ChannelCount = 4 };
        await using SourceMilvus source = await SourceMilvus.StartAsync(options, memory, memory);
        SourceCalls calls = new(source, TimeProvider.System);
        await MakeWhatWasThereAsync(source);
        Dictionary<string, string> keys = [];
        int connections = 0;
        foreach (RecordedSdkCall call in RecordedSdkCall.Read("calls-pymilvus.jsonl.gz"))
        {
            connections += call.Method == "Connect" ? 1 : 0;
            if (connections > ConnectionsOfTheSession)
            {
                break;
            }

            if (connections == ConnectionsOfTheSession - 1 && call.Method == "LoadCollection" && !source.Structures()["default/books"].Load.Equals("Loaded", StringComparison.Ordinal))
            {
                // The session that wrote the log looks at all its collections in the end, and this one first.
                await source.LoadCollectionAsync("", "already_there");
            }

            await RepeatAsync(calls, call, keys);
        }

        await source.TickAsync();
        return source.Rows();
    }

    private static async Task RepeatAsync(SourceCalls calls, RecordedSdkCall call, Dictionary<string, string> keys)
    {
        byte[] request = call.Request;
        if (call.Method == "Delete")
        {
            Api.DeleteRequest delete = Api.DeleteRequest.Parser.ParseFrom(request);
            delete.Expr = LongNumber().Replace(delete.Expr, key => keys.GetValueOrDefault(key.Value, key.Value));
            request = delete.ToByteArray();
        }

        ReadOnlyMemory<byte> response = await calls.HandleAsync(call.Method, request, call.Metadata, default);
        if (call.Method == "Insert")
        {
            MutationResult there = MutationResult.Parser.ParseFrom(call.Response), here = MutationResult.Parser.ParseFrom(response.Span);
            Assert.Equal((there.Status.Code, there.InsertCnt), (here.Status.Code, here.InsertCnt));
            foreach ((long recorded, long given) in (there.IDs.IntId?.Data ?? []).Zip(here.IDs.IntId?.Data ?? []))
            {
                keys[recorded.ToString(CultureInfo.InvariantCulture)] = given.ToString(CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>The collection that there was before the session, with its three rows.</summary>
    private static async Task MakeWhatWasThereAsync(SourceMilvus source)
    {
        CollectionSchema schema = new()
        {
            Name = "already_there",
            Fields =
            {
                new FieldSchema { Name = "id", DataType = DataType.Int64, IsPrimaryKey = true },
                new FieldSchema { Name = "v", DataType = DataType.FloatVector, TypeParams = { new Protocol.Milvus.Common.KeyValuePair { Key = "dim", Value = "4" } } },
            },
        };
        await source.CreateCollectionAsync("", schema);
        Protocol.Milvus.Msg.InsertRequest rows = Session.Messages("s1-rootcoord-dml_0").Select(one => one.Value.ToArray())
            .Where(value => Protocol.Milvus.Common.MsgHeader.Parser.ParseFrom(value).Base.MsgType == Protocol.Milvus.Common.MsgType.Insert)
            .Select(value => Protocol.Milvus.Msg.InsertRequest.Parser.ParseFrom(value)).First();
        await source.InsertAsync("", "already_there", rows.FieldsData);
        await source.CreateIndexAsync("", "already_there", "v", new Dictionary<string, string> { ["index_type"] = "FLAT", ["metric_type"] = "L2", ["params"] = "{}" });
        await source.LoadCollectionAsync("", "already_there");
    }

    private static void AssertSame(string what, IReadOnlyList<string> expected, IReadOnlyList<string> found)
    {
        for (int at = 0; at < Math.Min(expected.Count, found.Count); at++)
        {
            int same = expected[at].Zip(found[at]).TakeWhile(pair => pair.First == pair.Second).Count();
            Assert.True(expected[at] == found[at], $"{what}, {at + 1} of {expected.Count}, from character {same} on:\n  {From(expected[at], same)}\nfound\n  {From(found[at], same)}");
        }

        Assert.True(expected.Count == found.Count, $"{what}: {expected.Count} expected, {found.Count} found; the next is\n  {expected.Concat(found).Skip(Math.Min(expected.Count, found.Count)).LastOrDefault()}");
    }

    private static string From(string text, int at) => text[Math.Max(0, Math.Min(at - 200, text.Length))..Math.Min(text.Length, at + 300)];

    [GeneratedRegex("[0-9]{18,}")]
    private static partial Regex LongNumber();
}
