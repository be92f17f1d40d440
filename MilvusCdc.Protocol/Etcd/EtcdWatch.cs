using Google.Protobuf;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Etcd.Wire;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Protocol.Etcd;

/// <summary>A watch that outlives its streams: opens one, reads it, and opens the next where the last one ended.</summary>
internal sealed partial class EtcdWatch(EtcdConnection connection, TimeProvider time, ILogger logger, IReadOnlyList<string> prefixes, long fromRevision) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    private readonly EtcdWatchAssembler assembler = new(prefixes, fromRevision);
    private readonly string operation = $"the watch of '{string.Join("', '", prefixes)}'";
    private GrpcDuplexCall<WatchRequest, WatchResponse>? stream;
    private CancellationTokenSource? life;
    private bool created;
    private bool tokenRenewed;
    private TimeSpan pause = FirstPause;

    /// <summary>The next batches; may be none.</summary>
    public async Task<IReadOnlyList<EtcdWatchBatch>> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                stream ??= await OpenAsync(cancellation);
                WatchResponse? response = await stream.ReadAsync(cancellation);
                if (response is null)
                {
                    throw new EtcdException(EtcdFaultKind.Unavailable, $"etcd at {connection.Endpoint} ended {operation}");
                }

                if (response.Created && response.Header.Revision < assembler.Next - 1)
                {
                    await CheckStoreAsync(cancellation);
                }

                return Take(response);
            }
            catch (GrpcException e)
            {
                await HealAsync(EtcdException.From(e, connection.Endpoint, operation), cancellation);
            }
            catch (EtcdException e)
            {
                await HealAsync(e, cancellation);
            }
            catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
            {
                string late = $"etcd at {connection.Endpoint} did not answer {operation} within {connection.Timeout.TotalSeconds:0.#} s";
                await HealAsync(new EtcdException(EtcdFaultKind.DeadlineExceeded, late, e), cancellation);
            }
        }
    }

    public void Dispose() => Close();

    private async Task<GrpcDuplexCall<WatchRequest, WatchResponse>> OpenAsync(CancellationToken cancellation)
    {
        assembler.Restart();
        created = false;

        // Until the watch is confirmed the stream has a deadline; afterwards it lives as long as its caller wants.
        life = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        life.CancelAfter(connection.Timeout);
        (ByteString first, ByteString end) = EtcdKeys.Cover(prefixes);
        WatchCreateRequest request = new() { Key = first, RangeEnd = end, StartRevision = assembler.Next, Fragment = true, ProgressNotify = true };
        return await connection.OpenAsync("/etcdserverpb.Watch/Watch", new WatchRequest { CreateRequest = request }, WatchResponse.Parser, operation, deadline: null, life.Token);
    }

    private IReadOnlyList<EtcdWatchBatch> Take(WatchResponse response)
    {
        if (response.CompactRevision > 0)
        {
            string lost = $"etcd at {connection.Endpoint} has compacted revision {response.CompactRevision} and before; {operation} needs revision {assembler.Next}";
            throw new EtcdCompactedException(lost, response.CompactRevision);
        }

        if (response.Canceled)
        {
            bool denied = response.CancelReason.Contains("permission denied", StringComparison.Ordinal) || response.CancelReason.Contains("auth token", StringComparison.Ordinal);
            throw new EtcdException(
                denied ? EtcdFaultKind.PermissionDenied : EtcdFaultKind.Unavailable, $"etcd at {connection.Endpoint} cancelled {operation}: {response.CancelReason}");
        }

        if (!created)
        {
            created = true;
            tokenRenewed = false;
            pause = FirstPause;
            life!.CancelAfter(Timeout.InfiniteTimeSpan);
        }

        return assembler.Add(response);
    }

    /// <summary>The member that answers lies behind what was delivered. When the whole cluster does, the watch would wait in silence, for revisions that are others.</summary>
    private async Task CheckStoreAsync(CancellationToken cancellation)
    {
        RangeRequest request = new() { Key = EtcdKeys.First(prefixes[0]), CountOnly = true };
        RangeResponse now = await connection.CallAsync("/etcdserverpb.KV/Range", request, RangeResponse.Parser, operation, repeatable: true, cancellation);
        if (now.Header.Revision < assembler.Next - 1)
        {
            string replaced = $"etcd at {connection.Endpoint} is at revision {now.Header.Revision}, before {assembler.Next - 1}, which {operation} has seen: its data was replaced";
            throw new EtcdException(EtcdFaultKind.StoreReplaced, replaced);
        }
    }

    /// <summary>Prepares the next stream, or throws when another one would not help.</summary>
    private async Task HealAsync(EtcdException fault, CancellationToken cancellation)
    {
        bool wasCreated = created;
        Close();
        switch (fault.Kind)
        {
            case EtcdFaultKind.PermissionDenied when !tokenRenewed:
                // An expired token looks like a missing right.
                tokenRenewed = true;
                connection.ForgetToken();
                return;
            case EtcdFaultKind.PermissionDenied or EtcdFaultKind.Unauthenticated or EtcdFaultKind.InvalidArgument or EtcdFaultKind.Compacted or EtcdFaultKind.StoreReplaced:
                throw fault;
            default:
                break;
        }

        // A failed opening has moved on by itself; a broken stream has not.
        if (wasCreated)
        {
            connection.MoveOn();
        }

        Broke(logger, pause.TotalMilliseconds, assembler.Next, fault.Message);
        await Task.Delay(pause, time, cancellation);
        pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
    }

    private void Close()
    {
        stream?.Dispose();
        life?.Dispose();
        stream = null;
        life = null;
        created = false;
    }

    [LoggerMessage(2101, LogLevel.Warning, "A watch of etcd broke; it is opened again in {Pause} ms from revision {Revision}, nothing is lost: {Fault}")]
    private static partial void Broke(ILogger logger, double pause, long revision, string fault);
}
