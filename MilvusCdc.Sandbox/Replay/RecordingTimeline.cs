using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>
/// A recorded session in the order in which it happened. The order within a topic and within etcd is the recorded one; between them the timestamps decide. At equal timestamps
/// etcd comes first, since Milvus writes metadata before it lets a tick pass it, then the replicate channel, then the topics by name.
/// </summary>
internal static class RecordingTimeline
{
    /// <summary>Every step, read as it is asked for.</summary>
    public static IEnumerable<FeedStep> Steps(Recording recording)
    {
        List<IEnumerator<FeedStep>> sources = [EtcdOrder.Steps(recording).GetEnumerator()];
        sources.AddRange(recording.Topics.OrderBy(topic => topic != recording.ReplicateChannel).ThenBy(topic => topic, StringComparer.Ordinal)
            .Select(topic => TopicSteps(recording, topic).GetEnumerator()));
        try
        {
            PriorityQueue<int, (ulong Time, int Source)> heads = new();
            for (int source = 0; source < sources.Count; source++)
            {
                Advance(source);
            }

            while (heads.TryDequeue(out int source, out _))
            {
                yield return sources[source].Current;
                Advance(source);
            }

            void Advance(int source)
            {
                if (sources[source].MoveNext())
                {
                    heads.Enqueue(source, (sources[source].Current.Time, source));
                }
            }
        }
        finally
        {
            foreach (IEnumerator<FeedStep> source in sources)
            {
                source.Dispose();
            }
        }
    }

    private static IEnumerable<FeedStep> TopicSteps(Recording recording, string topic)
    {
        ulong time = 0;
        foreach (RecordedMessage message in recording.Messages(topic))
        {
            time = Math.Max(time, TimestampOf(message));
            yield return new MessageStep(time, message);
        }
    }

    /// <summary>0 for a message that cannot be read: it keeps its place after the one before it.</summary>
    private static ulong TimestampOf(RecordedMessage message)
    {
        try
        {
            MsgBase? header = message.Value.Length == 0 ? null : MsgHeader.Parser.ParseFrom(message.Value).Base;

            // The insert half of an upsert has no timestamp of its own.
            return header is { MsgType: MsgType.Insert, Timestamp: 0 }
                ? InsertRequest.Parser.ParseFrom(message.Value).Timestamps.FirstOrDefault()
                : header?.Timestamp ?? 0;
        }
        catch (InvalidProtocolBufferException)
        {
            return 0;
        }
    }
}
