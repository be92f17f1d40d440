using Google.Protobuf;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Source;

/// <summary>One request of the source's replicate channel: what was asked of the source and done there.</summary>
/// <param name="Type">What kind of request it is.</param>
/// <param name="Timestamp">When the source did it; 0 for users, roles and privileges, which have none.</param>
/// <param name="Request">The parsed <c>milvus.proto.milvus</c> request, unknown fields kept.</param>
/// <param name="Position">Where it lies in the replicate channel.</param>
internal sealed record Operation(MsgType Type, ulong Timestamp, IMessage Request, LogPosition Position);
