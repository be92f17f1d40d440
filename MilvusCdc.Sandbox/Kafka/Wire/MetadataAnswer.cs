using MilvusCdc.Sandbox.Kafka.Storage;

namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>The one broker and the topics asked for; makes the missing ones when the request allows it.</summary>
internal static class MetadataAnswer
{
    public static void Write(WireWriter answer, short version, WireReader request, TopicStore topics, string host, int port)
    {
        int count = request.Count();
        List<string> names = [];
        for (int i = 0; i < count; i++)
        {
            names.Add(request.String() ?? "");
        }

        bool all = count < 0 || (version == 0 && count == 0);
        bool create = version < 4 || request.Bool();
        if (version >= 3)
        {
            answer.Int32(0);
        }

        answer.Int32(1).Int32(KafkaBroker.NodeId).String(host).Int32(port);
        if (version >= 1)
        {
            answer.String(null);
        }

        if (version >= 2)
        {
            answer.String("milvus-cdc-sandbox");
        }

        if (version >= 1)
        {
            answer.Int32(KafkaBroker.NodeId);
        }

        IReadOnlyList<string> asked = all ? topics.Names : names;
        answer.Int32(asked.Count);
        foreach (string name in asked)
        {
            WriteTopic(answer, version, name, Ensure(topics, name, create && !all));
        }
    }

    private static KafkaError Ensure(TopicStore topics, string name, bool create)
    {
        if (!TopicStore.IsName(name))
        {
            return KafkaError.InvalidTopic;
        }

        if (create)
        {
            topics.GetOrCreate(name);
        }

        return topics.Find(name) is null ? KafkaError.UnknownTopicOrPartition : KafkaError.None;
    }

    private static void WriteTopic(WireWriter answer, short version, string name, KafkaError error)
    {
        answer.Error(error).String(name);
        if (version >= 1)
        {
            answer.Bool(false);
        }

        if (error != KafkaError.None)
        {
            answer.Int32(0);
            return;
        }

        answer.Int32(1).Error(KafkaError.None).Int32(0).Int32(KafkaBroker.NodeId);
        if (version >= 7)
        {
            answer.Int32(0);
        }

        answer.Int32(1).Int32(KafkaBroker.NodeId);
        answer.Int32(1).Int32(KafkaBroker.NodeId);
        if (version >= 5)
        {
            answer.Int32(0);
        }
    }
}
