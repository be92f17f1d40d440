namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>The answers that clients need before they read or write, though this broker keeps no groups and no transactions.</summary>
internal static class CoordinatorAnswers
{
    public static void WriteFindCoordinator(WireWriter answer, short version, string host, int port)
    {
        if (version >= 1)
        {
            answer.Int32(0);
        }

        answer.Error(KafkaError.None);
        if (version >= 1)
        {
            answer.String(null);
        }

        answer.Int32(KafkaBroker.NodeId).String(host).Int32(port);
    }

    public static void WriteInitProducerId(WireWriter answer, WireReader request, Func<long> nextProducerId)
    {
        bool transactional = request.String() is not null;
        answer.Int32(0).Error(transactional ? KafkaError.InvalidRequest : KafkaError.None)
            .Int64(transactional ? -1 : nextProducerId()).Int16(0);
    }
}
