using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Etcd.Wire;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Protocol.Etcd;

/// <summary>
/// A lease with its own keep-alive, a third of its time to live apart. It counts as lost when etcd says that it is gone, or when no keep-alive was answered for one time to live,
/// counted from the moment the last answered one was <em>sent</em>: never later than etcd lets it go. DisposeAsync revokes it.
/// </summary>
public sealed partial class EtcdLease : IAsyncDisposable
{
    private readonly EtcdConnection connection;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly ITimer expiry;
    private readonly Task keeping;
    private long renewedAt;
    private int disposed;

    internal EtcdLease(EtcdConnection connection, TimeProvider time, ILogger logger, long id, TimeSpan ttl, long sentAt)
    {
        this.connection = connection;
        this.time = time;
        this.logger = logger;
        Id = id;
        Ttl = ttl;
        renewedAt = sentAt;
        expiry = time.CreateTimer(static state => ((EtcdLease)state!).LoseWhenExpired(), this, AtLeastZero(Remaining), Timeout.InfiniteTimeSpan);
        keeping = KeepAsync();
    }

    /// <summary>The lease's id.</summary>
    public long Id { get; }

    /// <summary>The time to live that etcd granted.</summary>
    public TimeSpan Ttl { get; }

    /// <summary>Fires when the lease is lost. It does not fire when the lease is disposed of.</summary>
    public CancellationToken Lost => lost.Token;

    /// <summary>How long the lease is certainly still valid; zero or less when it may be gone. Right even when timers came late (a suspended process).</summary>
    public TimeSpan Remaining => lost.IsCancellationRequested ? TimeSpan.Zero : Ttl - time.GetElapsedTime(Interlocked.Read(ref renewedAt));

    /// <summary>Ends the keep-alive and revokes the lease, so that its keys vanish at once. When etcd cannot be reached they vanish after the time to live.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        await stopping.CancelAsync();
        await keeping;
        await expiry.DisposeAsync();
        try
        {
            await connection.CallAsync(
                "/etcdserverpb.Lease/LeaseRevoke", new LeaseRevokeRequest { ID = Id }, LeaseRevokeResponse.Parser, $"the revoke of lease {Id}", repeatable: true, CancellationToken.None);
        }
        catch (Exception e) when (e is EtcdException or ObjectDisposedException)
        {
            NotRevoked(logger, Id, Ttl.TotalSeconds, e.Message);
        }

        stopping.Dispose();
    }

    private async Task KeepAsync()
    {
        await Task.Yield();
        TimeSpan interval = Ttl / 3;
        TimeSpan retry = TimeSpan.FromMilliseconds(Math.Min(500, interval.TotalMilliseconds / 4));
        try
        {
            await Task.Delay(interval, time, stopping.Token);
            while (!lost.IsCancellationRequested)
            {
                TimeSpan wait = retry;
                long sent = time.GetTimestamp();
                try
                {
                    if (!await KeepOnceAsync(interval))
                    {
                        Lose("etcd says that it does not exist any more");
                        return;
                    }

                    Interlocked.Exchange(ref renewedAt, sent);
                    wait = interval - time.GetElapsedTime(sent);
                }
                catch (EtcdException e)
                {
                    KeepAliveFailed(logger, Id, Remaining.TotalSeconds, e.Message);
                }

                await Task.Delay(AtLeastZero(wait), time, stopping.Token);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Disposed of.
        }
        catch (ObjectDisposedException)
        {
            // The client was disposed of before its lease: the expiry reports the loss.
        }
    }

    /// <summary>Whether etcd knows the lease.</summary>
    private async Task<bool> KeepOnceAsync(TimeSpan deadline)
    {
        string operation = $"the keep-alive of lease {Id}";
        deadline = deadline < connection.Timeout ? deadline : connection.Timeout;
        try
        {
            using GrpcDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = await connection.OpenAsync(
                "/etcdserverpb.Lease/LeaseKeepAlive", new LeaseKeepAliveRequest { ID = Id }, LeaseKeepAliveResponse.Parser, operation, deadline, stopping.Token);
            LeaseKeepAliveResponse? answer = await call.ReadAsync(stopping.Token);
            return answer is null
                ? throw new EtcdException(EtcdFaultKind.Unavailable, $"etcd at {connection.Endpoint} ended {operation} without an answer")
                : answer.TTL > 0;
        }
        catch (GrpcException e)
        {
            EtcdException fault = EtcdException.From(e, connection.Endpoint, operation);
            connection.MoveOn();
            throw fault;
        }
    }

    private static TimeSpan AtLeastZero(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private void LoseWhenExpired()
    {
        TimeSpan remaining = Remaining;
        if (remaining <= TimeSpan.Zero)
        {
            Lose($"no keep-alive was answered for {Ttl.TotalSeconds:0} s");
        }
        else if (Volatile.Read(ref disposed) == 0)
        {
            expiry.Change(remaining, Timeout.InfiniteTimeSpan);
        }
    }

    private void Lose(string why)
    {
        if (Volatile.Read(ref disposed) == 0 && !lost.IsCancellationRequested)
        {
            WasLost(logger, Id, why);
            _ = lost.CancelAsync();
        }
    }

    [LoggerMessage(2111, LogLevel.Warning, "A keep-alive of etcd lease {Lease} failed; it stays valid for {Remaining:0.0} s and is tried again: {Fault}")]
    private static partial void KeepAliveFailed(ILogger logger, long lease, double remaining, string fault);

    [LoggerMessage(2112, LogLevel.Error, "The etcd lease {Lease} is lost, its keys vanish: {Why}")]
    private static partial void WasLost(ILogger logger, long lease, string why);

    [LoggerMessage(2113, LogLevel.Warning, "The etcd lease {Lease} could not be revoked, its keys vanish within {Ttl} s: {Fault}")]
    private static partial void NotRevoked(ILogger logger, long lease, double ttl, string fault);
}
