using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Sandbox.Pulsar;

internal sealed partial class PulsarServerConnection
{
    // Answers to the command that is being handled, while somebody looks on; null: they go out at once.
    private Queue<byte[]>? _held;

    private async ValueTask HandleAsync(BaseCommand command)
    {
        if (services.Faults.CommandObserver is not { } observer)
        {
            lock (_gate)
            {
                Handle(command);
            }

            return;
        }

        await observer(new PulsarAsked(_number, command, Done: false));
        Queue<byte[]> answers = new();
        lock (_gate)
        {
            _held = answers;
            Handle(command);
            _held = null;
        }

        await observer(new PulsarAsked(_number, command, Done: true));
        lock (_gate)
        {
            while (answers.TryDequeue(out byte[]? answer))
            {
                _answers.Enqueue(answer);
            }
        }
    }

    private async ValueTask TellAsync(HashSet<string> topics, bool sent)
    {
        if (topics.Count > 0 && services.Faults.DeliveryObserver is { } observer)
        {
            await observer(new PulsarDelivery(_number, topics, sent));
        }
    }
}
