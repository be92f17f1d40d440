using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using MilvusCdc.Api.Targets;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Api.Tests;

/// <summary>The probe against servers that speak Milvus's gRPC.</summary>
public sealed class TargetProbeTests
{
    private readonly TargetProbe _probe = new(TimeProvider.System);

    [Theory]
    [InlineData(1100, null)]
    [InlineData(1900, "common.ttMsgEnabled=false")]
    [InlineData(65535, "empty msgs")]
    public async Task Answer_tells_whether_the_target_is_usable(int code, string? expected)
    {
        await using WebApplication target = await StartAsync(code);

        string? obstacle = await _probe.FindObstacleAsync(new TargetEndpoint { Address = new Uri(target.Urls.Single()) }, default);

        if (expected is null)
        {
            Assert.Null(obstacle);
        }
        else
        {
            Assert.Contains(expected, obstacle, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Silent_address_is_named()
    {
        string? obstacle = await _probe.FindObstacleAsync(new TargetEndpoint { Address = new Uri("http://127.0.0.1:1"), ConnectTimeout = TimeSpan.FromSeconds(1) }, default);

        Assert.Contains("http://127.0.0.1:1", obstacle, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_certificate_file_is_named()
    {
        string? obstacle = await _probe.FindObstacleAsync(new TargetEndpoint { Address = new Uri("https://127.0.0.1:1"), AuthorityFile = "/nowhere/ca.pem" }, default);

        Assert.Contains("/nowhere/ca.pem", obstacle, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(int code)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static server => server.ListenGrpc(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.MapGrpcUnary("/milvus.proto.milvus.MilvusService/Connect", ConnectRequest.Parser, static (_, _) => ValueTask.FromResult(new ConnectResponse { Status = new Status(), Identifier = 7 }));
        app.MapGrpcUnary(
            "/milvus.proto.milvus.MilvusService/ReplicateMessage",
            ReplicateMessageRequest.Parser,
            (_, _) => ValueTask.FromResult(new ReplicateMessageResponse { Status = new Status { Code = code, ErrorCode = ErrorCode.UnexpectedError, Reason = "empty msgs" } }));
        await app.StartAsync();
        return app;
    }
}
