using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>One thing that the source did: a transaction in etcd, or a record on a topic.</summary>
/// <param name="Time">Its place in the order of the session, as a Milvus timestamp.</param>
internal abstract record FeedStep(ulong Time);

/// <summary>Changes that were one transaction.</summary>
internal sealed record EtcdStep(ulong Time, IReadOnlyList<EtcdChange> Changes) : FeedStep(Time);

/// <summary>One record.</summary>
internal sealed record MessageStep(ulong Time, RecordedMessage Message) : FeedStep(Time);
