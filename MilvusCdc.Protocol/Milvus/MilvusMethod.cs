using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Milvus;

/// <summary>One rpc of MilvusService: its name, how its response is read, and where the response keeps its status.</summary>
public readonly record struct MilvusMethod<TRequest, TResponse>(string Name, MessageParser<TResponse> Parser, Func<TResponse, Status> StatusOf)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>The method's gRPC path.</summary>
    public string Path => MilvusMethods.Service + Name;
}
