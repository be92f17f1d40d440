using Google.Protobuf;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Sandbox.Target.Wire;

/// <summary>Turns the bytes of a call into a typed message, runs its handler, and puts a refusal into the answer's Status.</summary>
internal sealed class Dispatcher(Lock gate)
{
    private readonly Dictionary<string, byte[]> _fixed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<ReadOnlyMemory<byte>, CallContext, ValueTask<IMessage>>> _handlers = new(StringComparer.Ordinal);

    public void On<TRequest>(string method, Action<TRequest, CallContext> handle)
        where TRequest : IMessage<TRequest>, new() =>
        On<TRequest, Status>(method, (request, context) =>
        {
            handle(request, context);
            return new Status();
        }, refusal => refusal);

    /// <summary>A method that answers at once; it runs under the gate.</summary>
    public void On<TRequest, TResponse>(string method, Func<TRequest, CallContext, TResponse> handle, Func<Status, TResponse> refuse)
        where TRequest : IMessage<TRequest>, new()
        where TResponse : IMessage =>
        On<TRequest, TResponse>(method, (request, context) =>
        {
            lock (gate)
            {
                return ValueTask.FromResult(handle(request, context));
            }
        }, (_, status) => refuse(status));

    /// <summary>A method that may wait; it takes the gate itself.</summary>
    public void On<TRequest, TResponse>(
        string method, Func<TRequest, CallContext, ValueTask<TResponse>> handle, Func<TRequest, Status, TResponse> refuse)
        where TRequest : IMessage<TRequest>, new()
        where TResponse : IMessage =>
        _handlers[method] = async (bytes, context) =>
        {
            TRequest request = new();
            try
            {
                request.MergeFrom(bytes.Span);
            }
            catch (InvalidProtocolBufferException)
            {
                throw new GrpcException(GrpcStatus.Internal, "grpc: error unmarshalling request: proto: cannot parse invalid wire-format data");
            }

            try
            {
                return context.Forced is { } forced ? throw forced : await handle(request, context);
            }
            catch (RefusalException refusal)
            {
                return refuse(request, refusal.ToStatus());
            }
        };

    /// <summary>A method whose answer never changes and has no message type here.</summary>
    public void OnBytes(string method, byte[] answer) => _fixed[method] = answer;

    public async ValueTask<ReadOnlyMemory<byte>> HandleAsync(string method, ReadOnlyMemory<byte> request, CallContext context)
    {
        if (_fixed.TryGetValue(method, out byte[]? answer))
        {
            return answer;
        }

        if (!_handlers.TryGetValue(method, out Func<ReadOnlyMemory<byte>, CallContext, ValueTask<IMessage>>? handler))
        {
            throw new GrpcException(GrpcStatus.Unimplemented, $"unknown method {method} for service milvus.proto.milvus.MilvusService");
        }

        return (await handler(request, context)).ToByteArray();
    }
}
