using System.Collections.Concurrent;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Pulsar;
using MilvusCdc.Sandbox.Replay;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;

namespace MilvusCdc.Sandbox.Matrix;

internal sealed partial class WireTap
{
    private const long Nobody = -1;

    // In which term a connection to Pulsar began. The broker goes on to give out entries to a worker that is dead for as long as it has not seen that the connection is.
    private readonly ConcurrentDictionary<long, long> _terms = [];

    /// <summary>Looks at the broker of the source.</summary>
    public void Attach(ISourceBroker source)
    {
        switch (source)
        {
            case KafkaSourceBroker { Broker: { } kafka }:
                kafka.Faults.FetchObserver = fetched => SeeLogAsync(Owner, Names(fetched), fetched.Sent);
                break;
            case PulsarSourceBroker { Broker: { } pulsar }:
                pulsar.Faults.DeliveryObserver = given => SeeLogAsync(OwnerOf(given.Connection), Names(given), given.Sent);
                pulsar.Faults.CommandObserver = asked => OwnerOf(asked.Connection) is >= 0 and var owner && Name(asked.Command.Type) is { } name
                    ? SeeLogAsync(owner, [name], asked.Done)
                    : ValueTask.CompletedTask;
                break;
        }
    }

    private async ValueTask SeeLogAsync(int owner, string[] names, bool done)
    {
        if (owner >= 0 && await SeeAsync(new WireEvent(owner, names, done)))
        {
            throw new OperationCanceledException("the worker was killed");
        }
    }

    /// <summary>The worker that has the task, when the connection is one that it has opened since; or -1.</summary>
    private int OwnerOf(long connection)
    {
        lock (_lock)
        {
            long now = _owner >= 0 ? _term : Nobody;
            return _terms.GetOrAdd(connection, now) == now ? _owner : -1;
        }
    }

    private string[] Names(FetchedRecords fetched) => [.. fetched.Topics.Select(topic => topic == replicateChannel ? WireNames.FetchOperations : WireNames.Fetch).Distinct()];

    private string[] Names(PulsarDelivery given) => [.. given.Topics.Select(topic => topic == replicateChannel ? WireNames.DeliveryOperations : WireNames.Delivery).Distinct()];

    private static string? Name(CommandType command) => command switch
    {
        CommandType.Lookup => WireNames.Lookup,
        CommandType.Subscribe => WireNames.Subscribe,
        CommandType.GetLastMessageId => WireNames.AskEnd,
        CommandType.Seek => WireNames.Seek,
        CommandType.Ack => WireNames.Acknowledge,
        _ => null,
    };
}
