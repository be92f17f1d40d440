using System.Text;
using Google.Protobuf;
using MilvusCdc.Protocol.Etcd.Wire;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>Feeds a real etcd and the sandbox's broker.</summary>
internal sealed class ReplaySink : IRecordingSink, IDisposable
{
    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(15);

    private readonly GrpcChannel _etcd;
    private readonly KafkaBroker _broker;

    public ReplaySink(Uri etcd, KafkaBroker broker)
    {
        _etcd = new GrpcChannel(new GrpcChannelOptions { Address = etcd });
        _broker = broker;
    }

    public async Task WriteAsync(IReadOnlyList<EtcdChange> changes, CancellationToken cancellation)
    {
        TxnRequest transaction = new();
        transaction.Success.AddRange(changes.Select(change => change.Value is { } value
            ? new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8(change.Key), Value = ByteString.CopyFrom(value) } }
            : new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(change.Key) } }));
        try
        {
            await _etcd.UnaryAsync("/etcdserverpb.KV/Txn", transaction, TxnResponse.Parser, new GrpcCallOptions(CallDeadline), cancellation);
        }
        catch (GrpcException fault)
        {
            throw new SandboxException($"etcd at {_etcd.Address} did not take revision {changes[0].Mod}: {fault.Detail.TrimEnd('.')}.", fault);
        }
    }

    public long Append(RecordedMessage message) => _broker.Append(
        message.Topic, message.Value, [.. message.Headers.Select(header => new KeyValuePair<string, byte[]>(header.Key, Encoding.UTF8.GetBytes(header.Value)))], message.TimestampMs);

    public void Dispose() => _etcd.Dispose();
}
