using System.Buffers;
using MilvusCdc.Protocol.Etcd.Wire;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>What goes wrong with the source's etcd and with the meta store's.</summary>
internal static class EtcdFaults
{
    private static readonly GrpcException Refused = new(GrpcStatus.Unavailable, "connection refused");
    private static readonly GrpcException NoLeader = new(GrpcStatus.Unavailable, "etcdserver: no leader");
    private static readonly GrpcException NoSpace = new(GrpcStatus.ResourceExhausted, "etcdserver: mvcc: database space exceeded");

    public static IReadOnlyList<FaultRow> Rows { get; } =
    [
        new("source's etcd down", "Retrying", "etcd", scene => FaultScene.Break(scene.Worker.Source, _ => Refused), scene => Mend(scene.Worker.Source)) { Hold = TimeSpan.FromSeconds(4) },
        new("source's etcd has no leader", "Retrying", "no leader", scene => FaultScene.Break(scene.Worker.Source, _ => NoLeader), scene => Mend(scene.Worker.Source)) { Hold = TimeSpan.FromSeconds(4) },
        new("source's etcd compacted while it was away", "Retrying", "etcd", scene => FaultScene.Break(scene.Worker.Source, _ => Refused), CompactAsync) { Hold = TimeSpan.FromSeconds(4) },
        new("source's etcd cuts its watches once", "Streaming", "", Cut, _ => Task.CompletedTask),
        new("meta store down, for less than the lease", FaultRow.NoAnswer, "cannot be reached", scene => FaultScene.Break(scene.Worker.Meta, _ => Refused), scene => Mend(scene.Worker.Meta)) { Hold = TimeSpan.FromSeconds(1) },
        new("meta store down, for longer than the lease", FaultRow.NoAnswer, "cannot be reached", scene => FaultScene.Break(scene.Worker.Meta, _ => Refused), scene => Mend(scene.Worker.Meta)) { Hold = TimeSpan.FromSeconds(5) },
        new("meta store has no leader", FaultRow.NoAnswer, "no leader", scene => FaultScene.Break(scene.Worker.Meta, _ => NoLeader), scene => Mend(scene.Worker.Meta)),
        // The status cannot be stored either: what was stored last is shown, and that it is old.
        new("meta store's disk is full: it refuses writes", "Streaming", "cannot write to the meta store", scene => FaultScene.Break(scene.Worker.Meta, Full), scene => Mend(scene.Worker.Meta)),
        new("worker's lease is lost", "Streaming", "", scene => scene.Bed.EndLeaseAsync(0, CancellationToken.None), _ => Task.CompletedTask) { Hold = TimeSpan.FromSeconds(5) },
        new("etcd killed and started again", FaultRow.NoAnswer, "etcd", KillAsync, scene => scene.Bed.Etcd.StartAgainAsync(CancellationToken.None)),
    ];

    private static Task Mend(EtcdProxy etcd)
    {
        etcd.Fault = null;
        return Task.CompletedTask;
    }

    private static Task Cut(FaultScene scene)
    {
        scene.Worker.Source.CutStreams();
        return Task.CompletedTask;
    }

    /// <summary>As an etcd whose quota is used up: reads, deletes and the keep-alive of leases go on.</summary>
    internal static GrpcException? Full(EtcdCall call) => call.Request switch
    {
        PutRequest or LeaseGrantRequest => NoSpace,
        TxnRequest txn when txn.Success.Concat(txn.Failure).Any(op => op.RequestPut is not null) => NoSpace,
        _ => null,
    };

    /// <summary>Everything up to now is compacted away before the worker can read it.</summary>
    private static async Task CompactAsync(FaultScene scene)
    {
        using GrpcChannel etcd = new(new GrpcChannelOptions { Address = scene.Bed.Etcd.Endpoint });
        GrpcCallOptions call = new(TimeSpan.FromSeconds(10));
        RangeRequest any = new() { Key = Google.Protobuf.ByteString.CopyFromUtf8("\0"), CountOnly = true };
        RangeResponse now = await etcd.UnaryAsync("/etcdserverpb.KV/Range", any, RangeResponse.Parser, call, CancellationToken.None);

        // CompactionRequest { revision = 1; physical = 2 } is not part of what the product speaks; its answer has a header only, as that of a Put.
        byte[] request = [0x08, .. Varint((ulong)now.Header.Revision), 0x10, 0x01];
        await etcd.UnaryAsync("/etcdserverpb.KV/Compact", new ReadOnlySequence<byte>(request), PutResponse.Parser, call, CancellationToken.None);
        await Mend(scene.Worker.Source);
    }

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }

    /// <summary>The source rests before, since its own metadata is there too.</summary>
    private static async Task KillAsync(FaultScene scene)
    {
        await scene.RestAsync(CancellationToken.None);
        await scene.Bed.Etcd.Process.KillAsync();
    }
}
