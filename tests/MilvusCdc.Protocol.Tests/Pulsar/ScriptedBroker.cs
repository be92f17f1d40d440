using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Tests.Shared;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;

namespace MilvusCdc.Protocol.Tests.Pulsar;

/// <summary>
/// Says what a real broker said in a recorded session: each command is answered with the recorded answer to the next recorded command of its type, with its own numbers put in.
/// What the broker sent unasked follows the FLOW before it. A command without a recorded counterpart is noted and answered as the broker answers it elsewhere.
/// </summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly RecordedSession _session;
    private readonly int[] _connections;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public ScriptedBroker(RecordedSession session)
    {
        _session = session;
        _connections = [.. session.Frames.Select(frame => frame.Connection).Distinct().Order()];
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _running = Task.Run(AcceptAsync);
    }

    public string ServiceUrl => $"pulsar://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    /// <summary>What came: the connection's number in order, and the command.</summary>
    public ConcurrentQueue<(int Connection, BaseCommand Command)> Came { get; } = new();

    /// <summary>The commands that a connection of the recording had, without those of the given types.</summary>
    public string Recorded(int connection, params CommandType[] without) =>
        string.Join(' ', _session.Frames.Where(frame => frame.Connection == _connections[connection] && !frame.FromBroker && !without.Contains(frame.Command.Type)).Select(frame => frame.Command.Type));

    /// <summary>The commands that came on a connection; PINGs are left out, since time decides them.</summary>
    public string Sent(int connection) =>
        string.Join(' ', Came.Where(came => came.Connection == connection && came.Command.Type is not (CommandType.Ping or CommandType.Pong)).Select(came => came.Command.Type));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _running;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            for (int number = 0; ; number++)
            {
                Socket client = await _listener.AcceptAsync(_stopping.Token);
                serving.Add(ServeAsync(client, number));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket client, int number)
    {
        int recorded = _connections[Math.Min(number, _connections.Length - 1)];
        List<Step> steps = Steps([.. _session.Frames.Where(frame => frame.Connection == recorded)]);
        await using NetworkStream stream = new(client, ownsSocket: true);
        FrameReader frames = new(stream);
        try
        {
            while (await frames.ReadAsync(_stopping.Token) is { } frame)
            {
                Came.Enqueue((number, frame.Command));
                Step? step = steps.Find(step => step.Command.Type == frame.Command.Type);
                if (step is not null)
                {
                    steps.Remove(step);
                }

                foreach ((BaseCommand command, byte[] entry) in step?.Answers ?? Elsewhere(frame.Command.Type))
                {
                    await stream.WriteAsync(Frames.WriteHead(Renumbered(command, frame.Command), entry.Length), _stopping.Token);
                    await stream.WriteAsync(entry, _stopping.Token);
                }

                // The broker went when the recorded client had said the last of its commands.
                if (_session.CutByBroker.Contains(recorded) && !steps.Exists(left => left.Command.Type is CommandType.Connect or CommandType.Subscribe or CommandType.Flow))
                {
                    return;
                }
            }
        }
        catch (Exception over) when (over is IOException or SocketException or OperationCanceledException)
        {
            // The client or the test has ended.
        }
    }

    private static List<Step> Steps(IReadOnlyList<RecordedFrame> frames)
    {
        List<Step> steps = [];
        foreach (RecordedFrame frame in frames)
        {
            if (!frame.FromBroker)
            {
                steps.Add(new Step(frame.Command, []));
            }
            else if (frame.Command.Type is not (CommandType.Ping or CommandType.Pong))
            {
                ulong? request = RequestOf(frame.Command);
                Step? asked = request is { } id && id != ulong.MaxValue
                    ? steps.LastOrDefault(step => RequestOf(step.Command) == id && Fits(step.Command.Type, frame.Command.Type))
                    : steps.LastOrDefault(step => step.Command.Type == CommandType.Flow);
                (asked ?? steps[^1]).Answers.Add((frame.Command, frame.Entry));
            }
        }

        return steps;
    }

    // Lookups and other questions are counted apart by the recorded client: a number alone does not say which is meant.
    private static bool Fits(CommandType asked, CommandType answer) => answer switch
    {
        CommandType.PartitionedMetadataResponse => asked == CommandType.PartitionedMetadata,
        CommandType.LookupResponse => asked == CommandType.Lookup,
        _ => asked is not (CommandType.PartitionedMetadata or CommandType.Lookup),
    };

    private IEnumerable<(BaseCommand Command, byte[] Entry)> Elsewhere(CommandType type)
    {
        IEnumerable<Step> all = _connections.SelectMany(connection => Steps([.. _session.Frames.Where(frame => frame.Connection == connection)]));
        return type is CommandType.Lookup or CommandType.GetLastMessageId or CommandType.CloseConsumer ? all.Last(step => step.Command.Type == type && step.Answers.Count > 0).Answers
            : type == CommandType.Ping ? [(new BaseCommand { Type = CommandType.Pong, Pong = new CommandPong() }, [])]
            : [];
    }

    private BaseCommand Renumbered(BaseCommand answer, BaseCommand asked)
    {
        BaseCommand copy = answer.Clone();
        ulong request = RequestOf(asked) ?? 0;
        switch (copy.Type)
        {
            case CommandType.Success:
                copy.Success.RequestId = request;
                break;
            case CommandType.Error:
                copy.Error.RequestId = request;
                break;
            case CommandType.GetLastMessageIdResponse:
                copy.GetLastMessageIdResponse.RequestId = request;
                break;
            case CommandType.PartitionedMetadataResponse:
                copy.PartitionMetadataResponse.RequestId = request;
                break;
            case CommandType.LookupResponse:
                copy.LookupTopicResponse.RequestId = request;
                copy.LookupTopicResponse.BrokerServiceUrl = ServiceUrl;
                break;
            case CommandType.Message when asked.Flow is { } flow:
                copy.Message.ConsumerId = flow.ConsumerId;
                break;
            case CommandType.CloseConsumer when asked.Flow is { } flow:
                copy.CloseConsumer.ConsumerId = flow.ConsumerId;
                break;
            default:
                break;
        }

        return copy;
    }

    private static ulong? RequestOf(BaseCommand command) => command.Type switch
    {
        CommandType.Subscribe => command.Subscribe.RequestId,
        CommandType.CloseConsumer => command.CloseConsumer.RequestId,
        CommandType.GetLastMessageId => command.GetLastMessageId.RequestId,
        CommandType.PartitionedMetadata => command.PartitionMetadata.RequestId,
        CommandType.Lookup => command.LookupTopic.RequestId,
        CommandType.Seek => command.Seek.RequestId,
        CommandType.Success => command.Success.RequestId,
        CommandType.Error => command.Error.RequestId,
        CommandType.GetLastMessageIdResponse => command.GetLastMessageIdResponse.RequestId,
        CommandType.PartitionedMetadataResponse => command.PartitionMetadataResponse.RequestId,
        CommandType.LookupResponse => command.LookupTopicResponse.RequestId,
        _ => null,
    };

    private sealed record Step(BaseCommand Command, List<(BaseCommand Command, byte[] Entry)> Answers);
}
