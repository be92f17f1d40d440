using System.Globalization;
using System.Reflection;
using System.Text;
using Google.Protobuf;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Milvus;

/// <summary>
/// A client of one Milvus instance. Safe for many callers at a time; repeats nothing. Every call throws <see cref="MilvusException"/> when Milvus refuses it,
/// <see cref="GrpcException"/> when it did not reach Milvus or came back too late, and <see cref="OperationCanceledException"/> when it is cancelled.
/// </summary>
public sealed class MilvusClient : IDisposable
{
    private readonly MilvusClientOptions options;
    private readonly GrpcChannel channel;
    private readonly string authorization;
    private long identifier;

    /// <summary>Connects when it is first used. Throws <see cref="ArgumentException"/> with every problem of the options.</summary>
    public MilvusClient(MilvusClientOptions options)
    {
        IReadOnlyList<string> problems = options.Validate();
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", problems), nameof(options));
        }

        this.options = options;

        // Milvus wants the header even where it asks for no name; the Go client sends ":" then.
        authorization = Convert.ToBase64String(Encoding.UTF8.GetBytes(string.IsNullOrEmpty(options.Token) ? ":" : options.Token));
        channel = new GrpcChannel(new GrpcChannelOptions
        {
            Address = options.Address,
            AuthorityFile = options.AuthorityFile,
            ClientCertificateFile = options.ClientCertificateFile,
            ClientKeyFile = options.ClientKeyFile,
            ServerName = options.ServerName,
            ConnectTimeout = options.ConnectTimeout,
        });
    }

    /// <summary>The instance's <c>host:port</c>.</summary>
    public string Address => channel.Address;

    /// <summary>Introduces the client; later calls carry the identifier that Milvus gives. A server that is too old for it answers nothing, and the response is empty.</summary>
    public async Task<ConnectResponse> ConnectAsync(CancellationToken cancellation)
    {
        ConnectRequest request = new()
        {
            ClientInfo = new ClientInfo
            {
                SdkType = "MilvusCdc",
                SdkVersion = typeof(MilvusClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
                Host = Environment.MachineName,
                User = UserOf(options.Token),
            },
        };
        try
        {
            ConnectResponse response = await CallAsync(MilvusMethods.Connect, request, null, options.ConnectTimeout, cancellation);
            Interlocked.Exchange(ref identifier, response.Identifier);
            return response;
        }
        catch (GrpcException e) when (e.Status == GrpcStatus.Unimplemented)
        {
            return new ConnectResponse();
        }
    }

    /// <summary>Calls an rpc within <see cref="MilvusClientOptions.CallTimeout"/>. A database other than null replaces the options' in the header, which fills an empty db_name of most requests.</summary>
    public Task<TResponse> CallAsync<TRequest, TResponse>(
        MilvusMethod<TRequest, TResponse> method, TRequest request, string? database, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        CallAsync(method, request, database, options.CallTimeout, cancellation);

    /// <summary>The same with a deadline of its own.</summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        MilvusMethod<TRequest, TResponse> method, TRequest request, string? database, TimeSpan deadline, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        TResponse response = await channel.UnaryAsync(method.Path, request, method.Parser, Call(database, deadline), cancellation);
        return MilvusException.Of(method.Name, method.StatusOf(response)) is { } refusal ? throw refusal : response;
    }

    /// <summary>Sends a pack without copying its messages. The response's position is that of the pack's last message in the target's log.</summary>
    public async Task<ReplicateMessageResponse> ReplicateAsync(ReplicatePack pack, CancellationToken cancellation)
    {
        MilvusMethod<ReplicateMessageRequest, ReplicateMessageResponse> method = MilvusMethods.ReplicateMessage;
        ReplicateMessageResponse response = await channel.UnaryAsync(method.Path, pack.ToSequence(), method.Parser, Call(null, options.CallTimeout), cancellation);
        return MilvusException.Of(method.Name, response.Status) is { } refusal ? throw refusal : response;
    }

    /// <inheritdoc/>
    public void Dispose() => channel.Dispose();

    private GrpcCallOptions Call(string? database, TimeSpan deadline)
    {
        List<KeyValuePair<string, string>> metadata = [new("authorization", authorization), new("dbname", string.IsNullOrEmpty(database) ? options.Database : database)];
        if (Interlocked.Read(ref identifier) is var id and not 0)
        {
            metadata.Add(new("identifier", id.ToString(CultureInfo.InvariantCulture)));
        }

        return new GrpcCallOptions(deadline, metadata);
    }

    /// <summary>The name before the colon; an API key has none, and must not be shown.</summary>
    private static string UserOf(string? token)
    {
        int colon = token?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon > 0 ? token![..colon] : "";
    }
}
