using System.Buffers;
using System.Text;
using Google.Protobuf;
using MilvusCdc.Protocol.Buffers;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Tests.Grpc;
using CreateCollectionRequest = MilvusCdc.Protocol.Milvus.Api.CreateCollectionRequest;

namespace MilvusCdc.Protocol.Tests.Milvus;

public sealed class MilvusClientTests : IAsyncLifetime
{
    private readonly List<(string Method, string Authorization, string Database, string Identifier, TimeSpan? Timeout)> calls = [];
    private GrpcTestServer server = null!;
    private Status answer = new();
    private ConnectRequest? connected;
    private ReplicateMessageRequest? replicated;

    public async Task InitializeAsync() => server = await GrpcTestServer.StartAsync(routes =>
    {
        routes.MapGrpcUnary<ConnectRequest, ConnectResponse>(MilvusMethods.Connect.Path, ConnectRequest.Parser, (request, call) =>
        {
            connected = request;
            return Answer(call, new ConnectResponse { Status = answer, Identifier = 4711, ServerInfo = new ServerInfo { BuildTags = "v2.3.5" } });
        });
        routes.MapGrpcUnary<CreateCollectionRequest, Status>(MilvusMethods.CreateCollection.Path, CreateCollectionRequest.Parser, (_, call) => Answer(call, answer));
        routes.MapGrpcUnary<ShowCollectionsRequest, ShowCollectionsResponse>(
            MilvusMethods.ShowCollections.Path, ShowCollectionsRequest.Parser, (_, call) => Answer(call, new ShowCollectionsResponse { Status = answer, CollectionNames = { "a" } }));
        routes.MapGrpcUnary<ReplicateMessageRequest, ReplicateMessageResponse>(MilvusMethods.ReplicateMessage.Path, ReplicateMessageRequest.Parser, (request, call) =>
        {
            replicated = request;
            return Answer(call, new ReplicateMessageResponse { Status = answer, Position = "AAAAAAAAAAA=" });
        });
        routes.MapGrpcUnary<FlushRequest, FlushResponse>(MilvusMethods.Flush.Path, FlushRequest.Parser, async (_, call) =>
        {
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return new FlushResponse();
        });
        routes.MapGrpcUnimplemented();
    });

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Calls_carry_token_database_identifier_and_deadline()
    {
        using MilvusClient client = new(new MilvusClientOptions { Address = server.Address, Token = "root:Milvus", CallTimeout = TimeSpan.FromSeconds(9) });
        ConnectResponse response = await client.ConnectAsync(default);
        Assert.Equal("v2.3.5", response.ServerInfo.BuildTags);
        Assert.Equal(("MilvusCdc", "root"), (connected!.ClientInfo.SdkType, connected.ClientInfo.User));
        await client.CallAsync(MilvusMethods.ShowCollections, new ShowCollectionsRequest(), "shop", default);
        await client.ReplicateAsync(new ReplicatePack { Channel = "c", Messages = [] }, default);

        string token = Convert.ToBase64String(Encoding.UTF8.GetBytes("root:Milvus"));
        Assert.Equal(("Connect", token, "default", "", TimeSpan.FromSeconds(10)), calls[0]);
        Assert.Equal(("ShowCollections", token, "shop", "4711", TimeSpan.FromSeconds(9)), calls[1]);
        Assert.Equal(("ReplicateMessage", token, "default", "4711", TimeSpan.FromSeconds(9)), calls[2]);
    }

    [Fact]
    public async Task Without_a_token_the_header_is_a_colon()
    {
        using MilvusClient client = Client();
        await client.CallAsync(MilvusMethods.ShowCollections, new ShowCollectionsRequest(), null, default);
        Assert.Equal("Og==", calls[0].Authorization);
    }

    [Fact]
    public async Task An_api_key_is_not_told_as_the_user()
    {
        using MilvusClient client = new(new MilvusClientOptions { Address = server.Address, Token = "apikey" });
        await client.ConnectAsync(default);
        Assert.Equal("", connected!.ClientInfo.User);
    }

    [Fact]
    public async Task A_server_without_connect_is_fine()
    {
        await using GrpcTestServer old = await GrpcTestServer.StartAsync(routes => routes.MapGrpcUnimplemented());
        using MilvusClient client = new(new MilvusClientOptions { Address = old.Address });
        Assert.Equal(new ConnectResponse(), await client.ConnectAsync(default));
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => client.CallAsync(MilvusMethods.GetVersion, new GetVersionRequest(), null, default));
        Assert.Equal(GrpcStatus.Unimplemented, e.Status);
    }

    [Theory]
    [InlineData(1100, ErrorCode.IllegalArgument, "no good", "CreateCollection: no good (code 1100)")]
    [InlineData(1900, ErrorCode.Success, "deny", "CreateCollection: deny (code 1900)")]
    [InlineData(0, ErrorCode.CollectionNotExists, "can't find", "CreateCollection: can't find (error CollectionNotExists)")]
    [InlineData(0, ErrorCode.RateLimit, "", "CreateCollection: RateLimit (error RateLimit)")]
    public async Task Either_status_field_is_a_refusal(int code, ErrorCode legacy, string reason, string message)
    {
        answer = new Status { Code = code, ErrorCode = legacy, Reason = reason };
        using MilvusClient client = Client();
        MilvusException e = await Assert.ThrowsAsync<MilvusException>(() => client.CallAsync(MilvusMethods.CreateCollection, new CreateCollectionRequest(), null, default));
        Assert.Equal((code, legacy, reason, "CreateCollection", message), (e.Code, e.LegacyCode, e.Reason, e.Method, e.Message));
        MilvusException nested = await Assert.ThrowsAsync<MilvusException>(() => client.CallAsync(MilvusMethods.ShowCollections, new ShowCollectionsRequest(), null, default));
        Assert.Equal(code, nested.Code);
        MilvusException pack = await Assert.ThrowsAsync<MilvusException>(() => client.ReplicateAsync(new ReplicatePack { Channel = "", Messages = [] }, default));
        Assert.Equal(("ReplicateMessage", code), (pack.Method, pack.Code));
    }

    [Fact]
    public async Task A_call_that_takes_too_long_is_deadline_exceeded()
    {
        using MilvusClient client = new(new MilvusClientOptions { Address = server.Address, CallTimeout = TimeSpan.FromMilliseconds(300) });
        GrpcException e = await Assert.ThrowsAsync<GrpcException>(() => client.CallAsync(MilvusMethods.Flush, new FlushRequest(), null, default));
        Assert.Equal(GrpcStatus.DeadlineExceeded, e.Status);
    }

    [Fact]
    public async Task A_pack_arrives_as_the_request_that_google_protobuf_would_have_written()
    {
        byte[] large = new byte[300_000];
        new Random(1).NextBytes(large);
        GatherList pieces = new();
        pieces.Add(new byte[] { 1, 2, 3 });
        pieces.Add(large.AsMemory(0, 100_000));
        pieces.Add(large.AsMemory(100_000));
        ReplicatePack pack = new()
        {
            Channel = "by-dev-rootcoord-dml_0",
            BeginTimestamp = 449_000_000_000_000_000,
            EndTimestamp = ulong.MaxValue,
            Messages = [pieces.ToSequence(), ReadOnlySequence<byte>.Empty, new(new byte[] { 9 })],
            StartPositions = [new MsgPosition { ChannelName = "x", MsgID = ByteString.CopyFrom(7) }],
            EndPositions = [new MsgPosition { Timestamp = 5 }, new MsgPosition()],
        };
        ReplicateMessageRequest expected = new()
        {
            Base = new MsgBase { MsgType = MsgType.Replicate, ReplicateInfo = new ReplicateInfo { IsReplicate = true } },
            ChannelName = pack.Channel,
            BeginTs = pack.BeginTimestamp,
            EndTs = pack.EndTimestamp,
            Msgs = { ByteString.CopyFrom([1, 2, 3, .. large]), ByteString.Empty, ByteString.CopyFrom(9) },
            StartPositions = { pack.StartPositions! },
            EndPositions = { pack.EndPositions! },
        };
        Assert.Equal(expected.ToByteArray(), pack.ToSequence().ToArray());

        using MilvusClient client = Client();
        ReplicateMessageResponse response = await client.ReplicateAsync(pack, default);
        Assert.Equal("AAAAAAAAAAA=", response.Position);
        Assert.Equal(expected, replicated);
    }

    [Fact]
    public void A_pack_does_not_copy_its_messages()
    {
        byte[] message = new byte[1000];
        ReadOnlySequence<byte> request = new ReplicatePack { Channel = "c", Messages = [new(message)] }.ToSequence();
        message[500] = 42;
        Assert.Equal(42, request.ToArray()[(int)request.Length - 500]);
    }

    [Fact]
    public async Task An_empty_pack_is_the_preflight_probe()
    {
        using MilvusClient client = Client();
        await client.ReplicateAsync(new ReplicatePack { Channel = "", Messages = [] }, default);
        Assert.Equal(("", 0ul, 0), (replicated!.ChannelName, replicated.EndTs, replicated.Msgs.Count));
        Assert.True(replicated.Base.ReplicateInfo.IsReplicate);
    }

    [Fact]
    public void Options_list_every_problem()
    {
        MilvusClientOptions options = new() { Address = new Uri("ftp://h:1"), Database = "", ClientKeyFile = "/no/key", CallTimeout = TimeSpan.Zero };
        Assert.Equal(5, options.Validate().Count);
        Assert.Throws<ArgumentException>(() => new MilvusClient(options));
    }

    private MilvusClient Client() => new(new MilvusClientOptions { Address = server.Address });

    private ValueTask<T> Answer<T>(GrpcServerCall call, T response)
    {
        lock (calls)
        {
            calls.Add((call.Method[MilvusMethods.Service.Length..], $"{call.Metadata["authorization"]}", $"{call.Metadata["dbname"]}", $"{call.Metadata["identifier"]}", call.Timeout));
        }

        return ValueTask.FromResult(response);
    }
}
