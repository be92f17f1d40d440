using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>The stand-in over real gRPC.</summary>
public class TargetServerTests
{
    private const string Service = "/milvus.proto.milvus.MilvusService/";

    [Fact]
    public async Task Calls_over_gRPC_reach_the_model_with_their_headers()
    {
        await using TargetServer server = await TargetServer.StartAsync();
        using GrpcChannel channel = new(new GrpcChannelOptions { Address = server.Address });

        GetVersionResponse version = await channel.UnaryAsync(Service + "GetVersion", new GetVersionRequest(), GetVersionResponse.Parser, Within(10), default);
        ConnectResponse connect = await channel.UnaryAsync(
            Service + "Connect", new ConnectRequest(), ConnectResponse.Parser, Within(10) with { Metadata = [new("dbname", "nosuch")] }, default);
        ReplicateMessageResponse usable = await channel.UnaryAsync(
            Service + "ReplicateMessage", new ReplicateMessageRequest(), ReplicateMessageResponse.Parser, Within(10), default);

        Assert.Equal("v2.3.5", version.Version);
        Assert.Equal((800, "database not found[database=nosuch]"), (connect.Status.Code, connect.Status.Reason));
        Assert.Equal(1100, usable.Status.Code);
    }

    [Fact]
    public async Task Strong_without_ticks_ends_at_the_deadline_and_a_tick_releases_it()
    {
        await using TargetServer server = await TargetServer.StartAsync();
        using GrpcChannel channel = new(new GrpcChannelOptions { Address = server.Address });
        TargetDriver driver = new(server.Milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync("c", 2);
        await driver.ReplicateAsync(c.PhysicalChannelNames[0], TargetDriver.Tick(100));
        QueryRequest strong = new() { CollectionName = "c", OutputFields = { "count(*)" } };

        GrpcException error = await Assert.ThrowsAsync<GrpcException>(
            () => channel.UnaryAsync(Service + "Query", strong, QueryResults.Parser, new GrpcCallOptions(TimeSpan.FromMilliseconds(300)), default));
        Task<QueryResults> waiting = channel.UnaryAsync(Service + "Query", strong, QueryResults.Parser, Within(30), default);
        await driver.ReplicateAsync(c.PhysicalChannelNames[1], TargetDriver.Tick(100));

        Assert.Equal(GrpcStatus.DeadlineExceeded, error.Status);
        Assert.Equal(0L, (await waiting).FieldsData[0].Scalars.LongData.Data.Single());
    }

    [Fact]
    public async Task Dead_unknown_and_too_big_are_gRPC_errors()
    {
        await using TargetServer server = await TargetServer.StartAsync(options: new StandInOptions { MaxCallBytes = 1000 });
        using GrpcChannel channel = new(new GrpcChannelOptions { Address = server.Address });

        Assert.Equal(GrpcStatus.Unimplemented, await StatusAsync("HybridSearch", new QueryRequest()));
        Assert.Equal(GrpcStatus.ResourceExhausted, await StatusAsync("Query", new QueryRequest { Expr = new string('x', 2000) }));
        Assert.Equal(GrpcStatus.Unavailable, await StatusAsync(
            "ReplicateMessage", new ReplicateMessageRequest { ChannelName = "typo", Msgs = { TargetDriver.Tick(1).ToByteString() } }));
        Assert.Equal(GrpcStatus.Unavailable, await StatusAsync("Query", new QueryRequest()));

        async Task<GrpcStatus> StatusAsync(string method, IMessage request)
        {
            ReadOnlySequence<byte> body = new(request.ToByteArray());
            return (await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync(Service + method, body, Status.Parser, Within(10), default))).Status;
        }
    }

    private static GrpcCallOptions Within(int seconds) => new(TimeSpan.FromSeconds(seconds));
}
