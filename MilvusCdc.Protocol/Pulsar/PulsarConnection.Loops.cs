using System.Net.Sockets;
using MilvusCdc.Protocol.Pulsar.Wire;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;

namespace MilvusCdc.Protocol.Pulsar;

internal sealed partial class PulsarConnection
{
    private static readonly byte[] Ping = Frames.Write(new BaseCommand { Type = CommandType.Ping, Ping = new CommandPing() });
    private static readonly byte[] Pong = Frames.Write(new BaseCommand { Type = CommandType.Pong, Pong = new CommandPong() });

    private async Task ReadAsync()
    {
        string why;
        try
        {
            while (await _frames.ReadAsync(_closing.Token) is { } frame)
            {
                Interlocked.Exchange(ref _heard, _time.GetTimestamp());
                Take(frame);

                // The log is durable: while too much waits to be taken, nothing more is read from the socket.
                if (_queue.IsOverfull)
                {
                    _held = true;
                    await _queue.WaitForRoomAsync(_closing.Token);
                    Interlocked.Exchange(ref _heard, _time.GetTimestamp());
                    _held = false;
                }
            }

            why = "the broker closed it";
        }
        catch (FrameLimitException tooLong)
        {
            why = $"{tooLong.Message} (the broker's maxMessageSize)";
            _queue.AddFault(new Logs.SourceLogException($"Pulsar at {Address} cannot be read: {why}"));
        }
        catch (Exception broken) when (broken is IOException or SocketException or InvalidDataException or ObjectDisposedException or OperationCanceledException)
        {
            why = broken.Message;
        }
        catch (Exception unexpected)
        {
            // Whatever it is: the consumers must learn that nothing comes any more.
            why = $"{unexpected.GetType().Name}: {unexpected.Message}";
        }

        LogEnded(_log, Address, why);
        Abort(why);
    }

    private void Take(Frame frame)
    {
        BaseCommand command = frame.Command;
        switch (command.Type)
        {
            case CommandType.Message:
                if (_sinks.TryGetValue(command.Message.ConsumerId, out IConsumerSink? sink))
                {
                    sink.OnEntry(command.Message, frame.Entry);
                }

                break;
            case CommandType.Ping:
                _outgoing.Writer.TryWrite(Pong);
                break;
            case CommandType.CloseConsumer:
                if (_sinks.TryRemove(command.CloseConsumer.ConsumerId, out IConsumerSink? closed))
                {
                    closed.OnEnd("the broker closed the consumer");
                }

                break;
            case CommandType.AuthChallenge:
                Answer(command.AuthChallenge);
                break;
            case CommandType.Success:
                Answer(command.Success.RequestId, command);
                break;
            case CommandType.Error:
                Answer(command.Error.RequestId, command);
                break;
            case CommandType.LookupResponse:
                Answer(command.LookupTopicResponse.RequestId, command);
                break;
            case CommandType.PartitionedMetadataResponse:
                Answer(command.PartitionMetadataResponse.RequestId, command);
                break;
            case CommandType.GetLastMessageIdResponse:
                Answer(command.GetLastMessageIdResponse.RequestId, command);
                break;
            default:
                // PONG, and what newer brokers tell without being asked.
                break;
        }
    }

    private void Answer(ulong request, BaseCommand answer)
    {
        if (_questions.TryRemove(request, out TaskCompletionSource<BaseCommand>? question))
        {
            question.TrySetResult(answer);
        }
    }

    // The broker wants to see the login again, because a token runs out.
    private void Answer(CommandAuthChallenge challenge)
    {
        AuthData login = new() { AuthMethodName = _authentication.Method };
        if (_authentication.Data() is { } data)
        {
            login.AuthData_ = data;
        }

        Send(new BaseCommand
        {
            Type = CommandType.AuthResponse,
            AuthResponse = new CommandAuthResponse { ClientVersion = ClientVersion, ProtocolVersion = challenge.ProtocolVersion, Response = login },
        });
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (byte[] frame in _outgoing.Reader.ReadAllAsync(_closing.Token))
            {
                await _stream.WriteAsync(frame, _closing.Token);
            }
        }
        catch (Exception broken) when (broken is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Abort(broken.Message);
        }
    }

    private async Task KeepAliveAsync()
    {
        using PeriodicTimer timer = new(_options.KeepAlive, _time);
        try
        {
            // Given up only for a PING that brought nothing: a timer that comes late on a busy machine says nothing about the broker.
            long? pinged = null;
            while (await timer.WaitForNextTickAsync(_closing.Token))
            {
                long heard = Interlocked.Read(ref _heard);
                if (!_held && heard < pinged)
                {
                    Abort($"nothing was heard for {_time.GetElapsedTime(heard).TotalSeconds:0.#} s, a PING was not answered");
                    return;
                }

                pinged = _time.GetTimestamp();
                _outgoing.Writer.TryWrite(Ping);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection has ended.
        }
    }
}
