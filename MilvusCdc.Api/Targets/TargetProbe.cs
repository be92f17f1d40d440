using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Api.Targets;

/// <summary>
/// Asks the target itself, without leaving a trace on it: an empty ReplicateMessage is refused by a usable target because it names no channel (1100),
/// and by an ordinary one because it takes no replicate messages at all (1900) (target-behaviour.md §6).
/// </summary>
internal sealed class TargetProbe(TimeProvider time) : ITargetProbe
{
    private const int Usable = 1100;
    private const int Ordinary = 1900;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public async Task<string?> FindObstacleAsync(TargetEndpoint target, CancellationToken cancellation)
    {
        string address = target.Address.GetLeftPart(UriPartial.Authority);
        try
        {
            using MilvusClient client = new(new MilvusClientOptions
            {
                Address = target.Address,
                Token = target.Token,
                AuthorityFile = target.AuthorityFile,
                ClientCertificateFile = target.ClientCertificateFile,
                ClientKeyFile = target.ClientKeyFile,
                ServerName = target.ServerName,
                ConnectTimeout = target.ConnectTimeout,
                CallTimeout = target.ConnectTimeout,
            });
            return await AskAsync(client, target.ConnectTimeout, address, cancellation);
        }
        catch (ArgumentException wrong)
        {
            return wrong.Message;
        }
    }

    // A target that is only just starting is given the whole connect timeout.
    private async Task<string?> AskAsync(MilvusClient client, TimeSpan patience, string address, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            try
            {
                await client.ConnectAsync(cancellation);
                await client.CallAsync(MilvusMethods.ReplicateMessage, new ReplicateMessageRequest(), database: null, cancellation);
                return null;
            }
            catch (MilvusException answer) when (answer.Code == Usable)
            {
                return null;
            }
            catch (MilvusException answer) when (answer.Code == Ordinary)
            {
                return $"the target at {address} is an ordinary instance that refuses replicate messages: set common.ttMsgEnabled=false in its milvus.yaml and restart it";
            }
            catch (GrpcException fault) when (fault.Status is GrpcStatus.Unavailable && time.GetElapsedTime(began) + Pause < patience)
            {
                await Task.Delay(Pause, time, cancellation);
            }
            catch (Exception fault) when (fault is MilvusException or GrpcException)
            {
                Fault meaning = FaultClassifier.Classify(fault);
                return $"the target at {address}: {meaning.Impact} ({fault.Message})";
            }
        }
    }
}
