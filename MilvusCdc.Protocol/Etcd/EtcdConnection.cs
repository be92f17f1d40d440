using Google.Protobuf;
using MilvusCdc.Protocol.Etcd.Wire;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Protocol.Etcd;

/// <summary>The members of a cluster: one channel each, the token of the user, and the change to another member when one fails.</summary>
internal sealed class EtcdConnection : IDisposable
{
    private readonly EtcdOptions options;
    private readonly GrpcChannel[] members;
    private readonly SemaphoreSlim authenticating = new(1);
    private int current;
    private volatile string? token;
    private volatile bool disposed;

    public EtcdConnection(EtcdOptions options)
    {
        IReadOnlyList<string> problems = options.Validate();
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", problems), nameof(options));
        }

        this.options = options;
        members = [.. options.Endpoints.Select(endpoint => new GrpcChannel(new GrpcChannelOptions
        {
            Address = options.Parse(endpoint)!,
            AuthorityFile = options.AuthorityFile,
            ClientCertificateFile = options.ClientCertificateFile,
            ClientKeyFile = options.ClientKeyFile,
            ServerName = options.ServerName,
            ConnectTimeout = options.Timeout,
            KeepAliveDelay = options.PingDelay,
            KeepAliveTimeout = options.PingTimeout,
        }))];
    }

    public TimeSpan Timeout => options.Timeout;

    /// <summary>The member that is used now, for messages.</summary>
    public string Endpoint => members[Volatile.Read(ref current) % members.Length].Address;

    /// <summary>One call. With <paramref name="repeatable"/> it goes on to the other members when one cannot be reached; otherwise only the next call does.</summary>
    public Task<TResponse> CallAsync<TRequest, TResponse>(
        string method, TRequest request, MessageParser<TResponse> parser, string operation, bool repeatable, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        AttemptAsync(operation, repeatable, (member, metadata) => member.UnaryAsync(method, request, parser, new GrpcCallOptions(options.Timeout, metadata), cancellation), cancellation);

    /// <summary>Opens a stream on any member that can be reached. <paramref name="life"/> ends it.</summary>
    public Task<GrpcDuplexCall<TRequest, TResponse>> OpenAsync<TRequest, TResponse>(
        string method, TRequest first, MessageParser<TResponse> parser, string operation, TimeSpan? deadline, CancellationToken life)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        AttemptAsync(operation, repeatable: false, (member, metadata) =>
        {
            // A member that is cut off from the leader would otherwise keep the stream open and silent.
            List<KeyValuePair<string, string>> withLeader = [.. metadata, new("hasleader", "true")];
            return member.DuplexAsync(method, first, parser, new GrpcCallOptions(deadline, withLeader), life);
        }, life);

    /// <summary>The next call goes to the next member.</summary>
    public void MoveOn() => Interlocked.Increment(ref current);

    /// <summary>The next call asks for a new token.</summary>
    public void ForgetToken() => token = null;

    public void Dispose()
    {
        disposed = true;
        foreach (GrpcChannel member in members)
        {
            member.Dispose();
        }
    }

    private async Task<T> AttemptAsync<T>(
        string operation, bool repeatable, Func<GrpcChannel, IReadOnlyList<KeyValuePair<string, string>>, Task<T>> attempt, CancellationToken cancellation)
    {
        // Twice even with one member: after its restart the first call still meets the dead connection.
        int attemptsLeft = repeatable ? Math.Max(2, members.Length) : 1;
        bool renewed = false;
        while (true)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(EtcdClient));
            int at = Volatile.Read(ref current);
            GrpcChannel member = members[(uint)at % members.Length];
            try
            {
                string? mine = await TokenAsync(member, cancellation);
                return await attempt(member, mine is null ? [] : [new("token", mine)]);
            }
            catch (GrpcException e) when (!disposed)
            {
                if (!renewed && options.User is not null && IsRefusedToken(e))
                {
                    renewed = true;
                    ForgetToken();
                    continue;
                }

                EtcdException fault = EtcdException.From(e, member.Address, operation);
                if (fault.Kind is EtcdFaultKind.Unavailable or EtcdFaultKind.NoLeader or EtcdFaultKind.DeadlineExceeded)
                {
                    Interlocked.CompareExchange(ref current, at + 1, at);
                    if (--attemptsLeft > 0)
                    {
                        continue;
                    }
                }

                throw fault;
            }
        }
    }

    /// <summary>Refused before anything was done, so that even a write may be sent again with a new token.</summary>
    private static bool IsRefusedToken(GrpcException e) =>
        e.Status == GrpcStatus.Unauthenticated
        || (e.Status == GrpcStatus.InvalidArgument
            && (e.Detail.Contains("user name is empty", StringComparison.Ordinal) || e.Detail.Contains("revision of auth store is old", StringComparison.Ordinal)));

    private async Task<string?> TokenAsync(GrpcChannel member, CancellationToken cancellation)
    {
        if (options.User is null || token is { })
        {
            return token is { Length: > 0 } known ? known : null;
        }

        await authenticating.WaitAsync(cancellation);
        try
        {
            if (token is null)
            {
                AuthenticateRequest request = new() { Name = options.User, Password = options.Password };
                AuthenticateResponse answer = await member.UnaryAsync(
                    "/etcdserverpb.Auth/Authenticate", request, AuthenticateResponse.Parser, new GrpcCallOptions(options.Timeout), cancellation);
                token = answer.Token;
            }
        }
        catch (GrpcException e) when (e.Status == GrpcStatus.FailedPrecondition && e.Detail.Contains("not enabled", StringComparison.Ordinal))
        {
            // The cluster asks nobody for a name: go on without, until it refuses.
            token = "";
        }
        finally
        {
            authenticating.Release();
        }

        return token is { Length: > 0 } fresh ? fresh : null;
    }
}
