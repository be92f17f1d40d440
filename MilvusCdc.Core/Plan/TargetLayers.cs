using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Core.Plan;

/// <summary>What was found at the target, with an open client for further questions.</summary>
internal sealed record ReachedTarget(MilvusClient Client, MilvusVersion? Version, string? VersionText, IReadOnlyList<string> Databases);

/// <summary>Reaches a target from its name up to its replication mode. Leaves no trace on it: the probe of the mode is an empty ReplicateMessage.</summary>
internal sealed class TargetLayers(TargetEndpoint target, Findings findings)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private string Where => target.Address.Authority;

    /// <summary>Null: a layer failed, and the findings say which. The caller disposes of the client.</summary>
    public async Task<ReachedTarget?> ReachAsync(CancellationToken cancellation)
    {
        if (!await new NetworkLayers(target, findings).ReachAsync(cancellation))
        {
            return null;
        }

        MilvusClient client;
        try
        {
            MilvusClientOptions options = target.ToClient();
            options.CallTimeout = target.ConnectTimeout < CallLimit ? target.ConnectTimeout : CallLimit;
            client = new MilvusClient(options);
        }
        catch (ArgumentException wrong)
        {
            findings.Fail("target.settings", Where, wrong.Message, "mend the target's settings");
            return null;
        }

        ReachedTarget? reached = null;
        try
        {
            reached = await AskAsync(client, cancellation);
            return reached;
        }
        finally
        {
            if (reached is null)
            {
                client.Dispose();
            }
        }
    }

    private async Task<ReachedTarget?> AskAsync(MilvusClient client, CancellationToken cancellation)
    {
        if (!await SpeaksAsync(client, cancellation) || await DatabasesAsync(client, cancellation) is not { } databases)
        {
            return null;
        }

        string? version = await VersionAsync(client, cancellation);
        await HealthAsync(client, cancellation);
        await ModeAsync(client, cancellation);
        return new ReachedTarget(client, MilvusVersion.Parse(version), version, databases);
    }

    private async Task<bool> SpeaksAsync(MilvusClient client, CancellationToken cancellation)
    {
        try
        {
            await client.ConnectAsync(cancellation);
            findings.Ok("target.http2", Where, "it speaks gRPC over HTTP/2, as Milvus does");
            return true;
        }
        catch (GrpcException fault) when (fault.Status is GrpcStatus.Unauthenticated or GrpcStatus.PermissionDenied)
        {
            Login(fault.Message);
        }
        catch (GrpcException fault)
        {
            findings.Fail(
                "target.http2", Where, $"something listens there that does not answer gRPC over HTTP/2 as Milvus does: {fault.Message}",
                $"check that the address is Milvus's gRPC port (its own is 19530, not 9091), that proxies in between let HTTP/2 through, and whether the target {(target.Address.Scheme is "https" ? "has TLS at all" : "wants TLS: write https:// then")}");
        }
        catch (MilvusException refusal)
        {
            Login(refusal.Message);
        }

        return false;
    }

    private async Task<IReadOnlyList<string>?> DatabasesAsync(MilvusClient client, CancellationToken cancellation)
    {
        try
        {
            ListDatabasesResponse answer = await client.CallAsync(MilvusMethods.ListDatabases, new ListDatabasesRequest(), null, cancellation);
            findings.Ok("target.auth", Where, target.Token is null ? "it asks for no login" : "it takes the login");
            return answer.DbNames;
        }
        catch (GrpcException fault) when (fault.Status is GrpcStatus.Unimplemented)
        {
            findings.Fail("target.version", Where, "it does not know databases: it is older than Milvus 2.2.9", $"the target must be Milvus {MilvusVersion.First} to 2.5");
        }
        catch (Exception fault) when (fault is GrpcException { Status: GrpcStatus.Unauthenticated or GrpcStatus.PermissionDenied } or MilvusException)
        {
            Login(fault.Message);
        }
        catch (GrpcException fault)
        {
            findings.Fail("target.http2", Where, $"it broke off a call: {fault.Message}", "look at the target's own log");
        }

        return null;
    }

    private void Login(string answer) => findings.Fail(
        "target.auth", Where, $"it refuses the login: {answer}",
        target.Token is null ? "give a token: user:password, or an API key" : "check the token: user:password, or an API key; the user needs the rights of an administrator");

    private async Task<string?> VersionAsync(MilvusClient client, CancellationToken cancellation)
    {
        string text;
        try
        {
            text = (await client.CallAsync(MilvusMethods.GetVersion, new GetVersionRequest(), null, cancellation)).Version;
        }
        catch (Exception fault) when (fault is GrpcException or MilvusException)
        {
            findings.Warn("target.version", Where, $"it does not tell its version: {fault.Message}", $"make sure that it is Milvus {MilvusVersion.First} to 2.5");
            return null;
        }

        switch (MilvusVersion.Parse(text))
        {
            case null:
                findings.Warn("target.version", Where, $"it says '{text}', which is no version of Milvus that is known", $"make sure that it is Milvus {MilvusVersion.First} to 2.5");
                break;
            case { } old when old.IsBefore(MilvusVersion.First):
                findings.Fail("target.version", Where, $"it is Milvus {old}, which takes no replicated messages", $"update the target to {MilvusVersion.First} or later, up to 2.5");
                break;
            case { } young when !young.IsBefore(MilvusVersion.TooNew):
                findings.Fail("target.version", Where, $"it is Milvus {young}, which has a replication mechanism of its own instead of ReplicateMessage", "use a target of 2.5 or earlier");
                break;
            case { } fine:
                findings.Ok("target.version", Where, $"it is Milvus {fine}");
                break;
        }

        return text;
    }

    private async Task HealthAsync(MilvusClient client, CancellationToken cancellation)
    {
        try
        {
            CheckHealthResponse health = await client.CallAsync(MilvusMethods.CheckHealth, new CheckHealthRequest(), null, cancellation);
            if (!health.IsHealthy)
            {
                findings.Warn("target.health", Where, $"it says that it is not healthy: {string.Join("; ", health.Reasons)}", "look at the target's own log; the task tries again until it is");
            }
        }
        catch (Exception fault) when (fault is GrpcException or MilvusException)
        {
            findings.Note("target.health", Where, $"it does not tell whether it is healthy: {fault.Message}");
        }
    }

    private async Task ModeAsync(MilvusClient client, CancellationToken cancellation)
    {
        try
        {
            await ReplicateModeProbe.EnsureUsableAsync(client, target, cancellation);
            findings.Ok("target.replicate_mode", Where, "it takes replicated messages (common.ttMsgEnabled is false)");
        }
        catch (ReplicationStoppedException refusal) when (refusal.Phase is TaskPhase.Failed)
        {
            findings.Fail("target.version", Where, "it does not know ReplicateMessage", $"the target must be Milvus {MilvusVersion.First} to 2.5");
        }
        catch (ReplicationStoppedException)
        {
            findings.Fail(
                "target.replicate_mode", Where, "it is an ordinary instance: it refuses replicated messages (code 1900)",
                "set common.ttMsgEnabled: false in the target's milvus.yaml (or COMMON_TTMSGENABLED=false) and restart it; it then takes no direct writes any more");
        }
        catch (Exception fault) when (fault is GrpcException or MilvusException)
        {
            findings.Fail("target.replicate_mode", Where, $"it gives no clear answer to an empty ReplicateMessage: {fault.Message}", "look at the target's own log; report this with the target's version");
        }
    }
}
