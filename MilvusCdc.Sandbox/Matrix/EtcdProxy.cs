using System.Buffers;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Etcd.Wire;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>A call to etcd at one moment.</summary>
/// <param name="Method">Its short name.</param>
/// <param name="Request">What was asked; of a stream, null.</param>
/// <param name="Answer">What etcd answered, not passed on yet; null: nothing is done yet.</param>
internal readonly record struct EtcdCall(string Method, IMessage? Request, IMessage? Answer)
{
    /// <summary>It is done and not answered.</summary>
    public bool Done => Answer is not null;
}

/// <summary>Stands before an etcd and passes on all that a client of ours asks. Whoever observes it can hold a call, refuse it, or lose its answer.</summary>
internal sealed class EtcdProxy : IAsyncDisposable
{
    private readonly GrpcChannel _etcd;
    private WebApplication? _app;
    private CancellationTokenSource _streams = new();

    private EtcdProxy(Uri etcd) => _etcd = new GrpcChannel(new GrpcChannelOptions { Address = etcd });

    /// <summary>Where clients reach it.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>
    /// Told of every call twice: when it has come, and when etcd has done it and the client does not know yet. Of a stream, once, when it is opened. What it throws
    /// (a <see cref="GrpcException"/>) is the answer.
    /// </summary>
    public Func<EtcdCall, ValueTask>? Observer { get; set; }

    /// <summary>Asked about every call and every stream that comes: what it gives back is the answer, and etcd is not asked. Null: no fault.</summary>
    public Func<EtcdCall, GrpcException?>? Fault { get; set; }

    /// <summary>Starts it on a free port of 127.0.0.1.</summary>
    public static async Task<EtcdProxy> StartAsync(Uri etcd, CancellationToken cancellation)
    {
        EtcdProxy proxy = new(etcd);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenGrpc(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        proxy.MapUnary(app, "KV", "Range", RangeRequest.Parser, RangeResponse.Parser);
        proxy.MapUnary(app, "KV", "Put", PutRequest.Parser, PutResponse.Parser);
        proxy.MapUnary(app, "KV", "DeleteRange", DeleteRangeRequest.Parser, DeleteRangeResponse.Parser);
        proxy.MapUnary(app, "KV", "Txn", TxnRequest.Parser, TxnResponse.Parser);
        proxy.MapUnary(app, "Lease", "LeaseGrant", LeaseGrantRequest.Parser, LeaseGrantResponse.Parser);
        proxy.MapUnary(app, "Lease", "LeaseRevoke", LeaseRevokeRequest.Parser, LeaseRevokeResponse.Parser);
        proxy.MapDuplex(app, "Lease", "LeaseKeepAlive", LeaseKeepAliveRequest.Parser, LeaseKeepAliveResponse.Parser);
        proxy.MapDuplex(app, "Watch", "Watch", WatchRequest.Parser, WatchResponse.Parser);
        app.MapGrpcUnimplemented();
        proxy._app = app;
        await app.StartAsync(cancellation);
        proxy.Endpoint = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return proxy;
    }

    /// <summary>Breaks every open stream (watches): the client gets UNAVAILABLE.</summary>
    public void CutStreams()
    {
        CancellationTokenSource cut = Interlocked.Exchange(ref _streams, new CancellationTokenSource());
        cut.Cancel();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            // Watches never end by themselves.
            using CancellationTokenSource atOnce = new();
            await atOnce.CancelAsync();
            await app.StopAsync(atOnce.Token);
            await app.DisposeAsync();
        }

        _etcd.Dispose();
    }

    private void MapUnary<TRequest, TResponse>(WebApplication app, string service, string method, MessageParser<TRequest> requests, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        string path = $"/etcdserverpb.{service}/{method}";
        app.MapGrpcUnary<TRequest, TResponse>(path, requests, async (request, call) =>
        {
            await TellAsync(new EtcdCall(method, request, null));
            TResponse answer = await _etcd.UnaryAsync(
                path, new ReadOnlySequence<byte>(request.ToByteArray()), answers, new GrpcCallOptions(call.Timeout, Metadata(call)), call.CancellationToken);
            await TellAsync(new EtcdCall(method, request, answer));
            return answer;
        });
    }

    private void MapDuplex<TRequest, TResponse>(WebApplication app, string service, string method, MessageParser<TRequest> requests, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        string path = $"/etcdserverpb.{service}/{method}";
        app.MapGrpcDuplex<TRequest, TResponse>(path, requests, async (incoming, write, call) =>
        {
            await TellAsync(new EtcdCall(method, null, null));
            CancellationToken cut = Volatile.Read(ref _streams).Token;
            using CancellationTokenSource life = CancellationTokenSource.CreateLinkedTokenSource(call.CancellationToken, cut);
            try
            {
                await PumpAsync(path, answers, incoming, write, call, life);
            }
            catch (OperationCanceledException) when (cut.IsCancellationRequested)
            {
                throw new GrpcException(GrpcStatus.Unavailable, "transport is closing");
            }
        });
    }

    private async Task PumpAsync<TRequest, TResponse>(
        string path, MessageParser<TResponse> answers, IAsyncEnumerable<TRequest> incoming, Func<TResponse, ValueTask> write, GrpcServerCall call, CancellationTokenSource life)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        await using IAsyncEnumerator<TRequest> requests = incoming.GetAsyncEnumerator(life.Token);
        if (!await requests.MoveNextAsync())
        {
            return;
        }

        using GrpcDuplexCall<TRequest, TResponse> etcd = await _etcd.DuplexAsync(path, requests.Current, answers, new GrpcCallOptions(null, Metadata(call)), life.Token);
        Task sending = SendAsync();
        try
        {
            while (await etcd.ReadAsync(life.Token) is { } answer)
            {
                await write(answer);
            }
        }
        finally
        {
            await life.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task SendAsync()
        {
            while (await requests.MoveNextAsync())
            {
                await etcd.WriteAsync(requests.Current, life.Token);
            }

            await etcd.CompleteAsync();
        }
    }

    private ValueTask TellAsync(EtcdCall call)
    {
        if (!call.Done && Fault?.Invoke(call) is { } fault)
        {
            throw fault;
        }

        return Observer is { } observer ? observer(call) : ValueTask.CompletedTask;
    }

    private static List<KeyValuePair<string, string>> Metadata(GrpcServerCall call) =>
        [.. call.Metadata.Where(header => header.Key is "token" or "hasleader").Select(header => new KeyValuePair<string, string>(header.Key, header.Value.ToString()))];
}
