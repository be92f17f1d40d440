using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Sandbox.Pulsar;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Source.Log;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Sandbox.Tests.Source;

/// <summary>A source stand-in on Pulsar writes entries and ids of the shape that a real Milvus 2.3.5 wrote.</summary>
public class PulsarLogWriterTests
{
    private static readonly CancellationToken Soon = new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token;

    [Fact]
    public async Task Source_on_Pulsar_then_its_entries_and_positions_have_the_recorded_shape()
    {
        Recording recording = Recording.Open(Path.Combine(Repository.Root, "recordings", "pulsar-2.3.5"));
        await using PulsarBroker broker = PulsarBroker.Start(new PulsarBrokerOptions());
        MemorySource metadata = new();
        SourceOptions options = new() { RootPath = recording.RootPath, ChannelPrefix = recording.RootPath, ChannelCount = 4, TicksByItself = false };
        await using SourceMilvus source = await SourceMilvus.StartAsync(options, metadata, new PulsarLogWriter(broker, ledgerEntries: 3));

        // All topics are there before anything is written to them, as recorded.
        Assert.Equal(recording.Topics, broker.Store.Names);

        await source.CreateCollectionAsync("", Schema("first"), new CollectionSettings(Shards: 2));
        await source.TickAsync();
        await source.CreateCollectionAsync("", Schema("second"), new CollectionSettings(Shards: 4));
        await source.CreateDatabaseAsync("shop");
        for (int round = 0; round < 4; round++)
        {
            await source.InsertAsync("", "second", [Keys(round), Vectors()]);
            await source.TickAsync();
        }

        Dictionary<(string Topic, LogPosition At), Written> written = await ReadAsync(broker);
        HashSet<Shape> recorded = [.. recording.Topics.SelectMany(recording.Messages).Select(message => ShapeOf(message.Entry!))];
        Assert.Equal(recorded.Order(), written.Values.Select(one => one.Shape).Distinct().Order());

        // Start positions name the Create messages, in bytes as Milvus writes them; new ledgers begin in between.
        Assert.All(StartsOf([.. recording.EtcdAfter().Select(entry => (entry.Key, entry.Value))]), AssertMilvusId);
        List<(string Channel, byte[] Id)> starts = StartsOf([.. metadata.Keys.Select(pair => (pair.Key, pair.Value))]);
        Assert.Equal(6, starts.Count);
        Assert.All(starts, start =>
        {
            AssertMilvusId(start);
            Assert.Equal(MsgType.CreateCollection, written[(start.Channel, PulsarMessageId.FromBytes(start.Id))].Type);
        });
        Assert.All(written.Keys, key => Assert.InRange(key.At.Entry, 0, 2));
        Assert.Contains(written.Keys.GroupBy(key => key.Topic), topic => topic.Select(key => key.At.Ledger).Distinct().Count() > 1);
    }

    private static void AssertMilvusId((string Channel, byte[] Id) start)
    {
        Assert.Equal(start.Id, PulsarMessageId.ToBytes(PulsarMessageId.FromBytes(start.Id)));
        Assert.Equal([0x18, 0x00, 0x20, 0x00], start.Id[^4..]);
    }

    private static List<(string Channel, byte[] Id)> StartsOf(IEnumerable<(string Key, byte[] Value)> entries) =>
        [.. entries.Where(entry => entry.Key.Contains("/meta/root-coord/database/collection-info/", StringComparison.Ordinal) && entry.Value.Length > 3)
            .SelectMany(entry => CollectionInfo.Parser.ParseFrom(entry.Value).StartPositions).Select(pair => (pair.Key, pair.Data.ToByteArray()))];

    private static async Task<Dictionary<(string Topic, LogPosition At), Written>> ReadAsync(PulsarBroker broker)
    {
        Dictionary<(string, LogPosition), Written> written = [];
        broker.Faults.Mangle = (topic, at, entry) =>
        {
            lock (written)
            {
                written[(topic, at with { Batch = 0 })] = new Written(ShapeOf(entry), TypeOf(entry));
            }

            return entry;
        };
        await using PulsarSourceLog log = new(new PulsarSourceLogOptions { ServiceUrl = broker.ServiceUrl });
        int count = 0;
        foreach (string topic in broker.Store.Names)
        {
            await log.OpenAsync(topic, log.Beginning, Soon);
            count += broker.Store.Find(topic)!.Count;
        }

        await foreach (LogMessage message in log.ReadAsync(Soon))
        {
            Assert.True(written.ContainsKey((message.Channel, message.Position)), $"{message.Channel} {message.Position}");
            if (--count == 0)
            {
                break;
            }
        }

        return written;
    }

    private static Shape ShapeOf(byte[] bytes)
    {
        PulsarEntry entry = PulsarEntry.Parse(bytes);
        EntryMessage message = Assert.Single(entry.Messages());
        return new Shape(
            TypeOf(bytes) == MsgType.TimeTick,
            entry.Metadata.HasNumMessagesInBatch,
            message.Index,
            entry.Metadata.Compression.ToString(),
            string.Join(',', entry.Metadata.Properties.Select(property => property.Key)),
            string.Join(',', message.Properties.Select(property => $"{property.Key} of {property.Value.Length}")),
            entry.Metadata.Properties.SequenceEqual(message.Properties));
    }

    private static MsgType TypeOf(byte[] bytes) => MsgHeader.Parser.ParseFrom(PulsarEntry.Parse(bytes).Messages()[0].Value.Span).Base.MsgType;

    private static CollectionSchema Schema(string name) => new()
    {
        Name = name,
        Fields =
        {
            new FieldSchema { Name = "id", DataType = DataType.Int64, IsPrimaryKey = true },
            new FieldSchema { Name = "v", DataType = DataType.FloatVector, TypeParams = { new Protocol.Milvus.Common.KeyValuePair { Key = "dim", Value = "2" } } },
        },
    };

    private static FieldData Keys(int round) => new()
    {
        FieldName = "id",
        Type = DataType.Int64,
        Scalars = new ScalarField { LongData = new LongArray { Data = { Enumerable.Range(20 * round, 20).Select(key => (long)key) } } },
    };

    private static FieldData Vectors() => new()
    {
        FieldName = "v",
        Type = DataType.FloatVector,
        Vectors = new VectorField { Dim = 2, FloatVector = new FloatArray { Data = { Enumerable.Repeat(0.5f, 40) } } },
    };

    private sealed record Written(Shape Shape, MsgType Type);

    private sealed record Shape(bool IsTick, bool IsBatch, int Index, string Compression, string Properties, string Inner, bool SameProperties) : IComparable<Shape>
    {
        public int CompareTo(Shape? other) => string.CompareOrdinal(ToString(), other?.ToString());
    }
}
