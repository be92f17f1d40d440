using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;

namespace MilvusCdc.Api.Targets;

/// <summary>Asks the target itself, without leaving a trace on it.</summary>
internal sealed class TargetProbe(TimeProvider time, SecretReader? secrets = null) : ITargetProbe
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public async Task<string?> FindObstacleAsync(TargetEndpoint target, CancellationToken cancellation)
    {
        try
        {
            MilvusClientOptions options = target.ToClient(secrets);
            options.CallTimeout = target.ConnectTimeout;
            using MilvusClient client = new(options);
            return await AskAsync(client, target, cancellation);
        }
        catch (Exception wrong) when (wrong is ArgumentException or SecretException)
        {
            return wrong.Message;
        }
    }

    // A target that is only just starting is given the whole connect timeout.
    private async Task<string?> AskAsync(MilvusClient client, TargetEndpoint target, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            try
            {
                await client.ConnectAsync(cancellation);
                await ReplicateModeProbe.EnsureUsableAsync(client, target, cancellation);
                return null;
            }
            catch (ReplicationStoppedException refusal)
            {
                return refusal.Message;
            }
            catch (GrpcException fault) when (fault.Status is GrpcStatus.Unavailable && time.GetElapsedTime(began) + Pause < target.ConnectTimeout)
            {
                await Task.Delay(Pause, time, cancellation);
            }
            catch (Exception fault) when (fault is MilvusException or GrpcException)
            {
                Fault meaning = FaultClassifier.Classify(fault);
                return $"the target at {target.Address.GetLeftPart(UriPartial.Authority)}: {meaning.Impact} ({fault.Message})";
            }
        }
    }
}
