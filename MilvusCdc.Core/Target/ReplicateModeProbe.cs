using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Core.Target;

/// <summary>Asks a Milvus whether it takes replicated messages, without any effect on it: an empty ReplicateMessage (target-behaviour, section 6).</summary>
public static class ReplicateModeProbe
{
    private const int InvalidParameter = 1100;
    private const int NormalInstance = 1900;

    /// <summary>Returns when the target is usable; throws <see cref="ReplicationStoppedException"/> saying what to change when it is not.</summary>
    public static async Task EnsureUsableAsync(MilvusClient client, TargetEndpoint target, CancellationToken cancellation)
    {
        try
        {
            await client.CallAsync(MilvusMethods.ReplicateMessage, new ReplicateMessageRequest(), null, cancellation);
        }
        catch (MilvusException answer) when (answer.Code == InvalidParameter)
        {
            // What a target that is ready for replication says to a request without a channel.
        }
        catch (MilvusException answer) when (answer.Code == NormalInstance)
        {
            throw new ReplicationStoppedException(
                TaskPhase.Blocked, $"the target {target.Address} refuses replicated messages (code {NormalInstance}): set common.ttMsgEnabled=false on it and resume the task", answer);
        }
        catch (GrpcException answer) when (answer.Status == GrpcStatus.Unimplemented)
        {
            throw new ReplicationStoppedException(
                TaskPhase.Failed, $"the target {target.Address} does not know ReplicateMessage: it must be Milvus 2.3.2 to 2.5", answer);
        }
    }
}
