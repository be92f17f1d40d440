using Google.Protobuf;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Source;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Positions that a client states without their timestamps: message ids alone.</summary>
public class StatedPositionTests
{
    [Fact]
    public async Task Positions_without_timestamps_then_what_lies_before_them_is_taken_as_copied_and_nothing_after_them_is_lost()
    {
        LargeLog source = new(new Dictionary<string, string>());
        await using MatrixBed bed = await MatrixBed.StartAsync(new MatrixBedOptions { Workload = source }, CancellationToken.None);
        await source.PrepareAsync(bed.Etcd.Endpoint, bed.Source, CancellationToken.None);
        await source.CreateAsync("left");
        TaskApi api = bed.Workers[0].Api;
        string first = await api.CreateAsync(bed.Target.Address, CancellationToken.None);
        await source.WriteAsync("left", 2);
        await Replays.UntilAsync(async () => (await api.GetAsync(first, CancellationToken.None)).Frontier >= source.End);
        await api.DeleteAsync(first, CancellationToken.None);
        await using EtcdClient etcd = new(new EtcdOptions { Endpoints = [bed.Etcd.Endpoint.Authority] }, TimeProvider.System);
        TaskStore store = new(etcd, new MetaKeys("milvus-cdc"));
        await Replays.UntilAsync(async () => await store.FindAsync(first, CancellationToken.None) is null);

        ulong before = source.End;
        SourceCollection left = source.Source.Describe("", "left");
        TaskDefinition second = new()
        {
            Id = "second",
            Target = new TargetEndpoint { Address = bed.Target.Address },
            Selection = CollectionSelection.All,
            Positions = left.Channels.Select((channel, shard) => (Name: $"{channel}_{left.Id}v{shard}", channel)).ToDictionary(static one => one.Name, one => Position(bed, one.channel), StringComparer.Ordinal),
        };
        await source.WriteAsync("left", 2);
        TaskRecord record = new() { Definition = second, Since = DateTimeOffset.UnixEpoch, CreatedAt = DateTimeOffset.UnixEpoch };
        Assert.True(await store.TryCreateAsync(record, await store.ListAsync(CancellationToken.None), CancellationToken.None));
        ulong least = ulong.MaxValue;
        await Replays.UntilAsync(async () =>
        {
            Sandbox.Processes.TaskReport report = await api.GetAsync("second", CancellationToken.None);
            least = report.Frontier > 0 ? Math.Min(least, report.Frontier) : least;
            return report.Frontier >= source.End;
        });

        Assert.True(least >= before - (60_000UL << 18), "it began long before its positions");
        ComparisonReport compared = source.Compare(await bed.ReadTargetAsync(CancellationToken.None));
        Assert.True(compared.AllEqual, Replays.Describe(compared));
        Assert.All(compared.Tables, table => Assert.Equal((table.Expected, 0L), (table.Found, table.Doubled)));
    }

    /// <summary>The end of a channel, as a Kafka offset.</summary>
    private static string Position(MatrixBed bed, string channel) =>
        new MsgPosition { ChannelName = channel, MsgID = ByteString.CopyFrom(BitConverter.GetBytes(bed.Broker.Bounds(channel).End)) }.ToByteString().ToBase64();
}
