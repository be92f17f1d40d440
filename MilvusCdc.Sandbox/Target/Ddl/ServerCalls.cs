using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>What a client asks before it does anything: who are you, are you well, what time is it.</summary>
internal static class ServerCalls
{
    // GetComponentStates has no message in our subset of the contract; the recorded answer of a healthy proxy.
    private static readonly byte[] HealthyProxy = Convert.FromBase64String("CgsIARIFcHJveHkYARoA");

    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<GetVersionRequest, GetVersionResponse>("GetVersion",
            (_, _) => new() { Status = new(), Version = instance.Options.Version }, s => new() { Status = s });
        on.On<CheckHealthRequest, CheckHealthResponse>("CheckHealth", (_, _) => new() { Status = new(), IsHealthy = true }, s => new() { Status = s });
        on.On<AllocTimestampRequest, AllocTimestampResponse>("AllocTimestamp",
            (_, _) => new() { Status = new(), Timestamp = instance.Clock.Next() }, s => new() { Status = s });
        on.On<ConnectRequest, ConnectResponse>("Connect", (request, context) => Connect(instance, context), s => new() { Status = s });
        on.OnBytes("GetComponentStates", HealthyProxy);
    }

    private static ConnectResponse Connect(Instance instance, CallContext context)
    {
        string database = context.DatabaseOf("");
        if (!instance.Databases.ContainsKey(database))
        {
            throw new RefusalException(800, ErrorCode.UnexpectedError, $"database not found[database={database}]");
        }

        return new ConnectResponse
        {
            Status = new(),
            Identifier = (long)instance.Clock.Next(),
            ServerInfo = new ServerInfo
            {
                BuildTags = instance.Options.Version,
                BuildTime = "Fri Jan 19 14:23:10 UTC 2024",
                GitCommit = "9aceff5a6",
                GoVersion = "go version go1.20.4 linux/amd64",
                DeployMode = "STANDALONE",
            },
        };
    }
}
