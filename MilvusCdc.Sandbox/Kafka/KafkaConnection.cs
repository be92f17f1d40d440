using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MilvusCdc.Sandbox.Kafka.Storage;
using MilvusCdc.Sandbox.Kafka.Wire;
using MilvusCdc.Sandbox.Sockets;

namespace MilvusCdc.Sandbox.Kafka;

/// <summary>One client's connection: frames in, answers out, one after the other as the protocol demands.</summary>
internal sealed partial class KafkaConnection(Socket socket, KafkaConnectionServices services) : IServedConnection
{
    private const int MaxFrame = 128 << 20;

    public async Task RunAsync(CancellationToken cancellation)
    {
        byte[] length = new byte[4];
        try
        {
            while (await FillAsync(length, cancellation))
            {
                int size = BinaryPrimitives.ReadInt32BigEndian(length);
                if (size is < 8 or > MaxFrame)
                {
                    throw new InvalidDataException($"a frame of {size} bytes is not of this protocol");
                }

                byte[] rented = ArrayPool<byte>.Shared.Rent(size);
                try
                {
                    if (!await FillAsync(rented.AsMemory(0, size), cancellation) || !await AnswerAsync(rented.AsMemory(0, size), cancellation))
                    {
                        return;
                    }
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(rented);
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client or the broker closed: nothing is left to answer.
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException)
        {
            LogClosed(services.Log, broken.Message);
        }
        finally
        {
            socket.Dispose();
        }
    }

    public void Close() => socket.Dispose();

    private async Task<bool> FillAsync(Memory<byte> target, CancellationToken cancellation)
    {
        while (target.Length > 0)
        {
            int read = await socket.ReceiveAsync(target, cancellation);
            if (read == 0)
            {
                return false;
            }

            target = target[read..];
        }

        return true;
    }

    private async Task<bool> AnswerAsync(Memory<byte> frame, CancellationToken cancellation)
    {
        WireReader request = new(frame);
        RequestHead head = RequestHead.Read(request);
        if (head.Api != KafkaApi.ApiVersions && !KafkaApis.Speaks(head.Api, head.Version))
        {
            LogUnknown(services.Log, (short)head.Api, head.Version, head.ClientId);
            return false;
        }

        using WireWriter answer = new(head.CorrelationId);
        bool wanted = true;
        List<string> fetched = [];
        TopicStore topics = services.Topics;
        switch (head.Api)
        {
            case KafkaApi.ApiVersions:
                ApiVersionsAnswer.Write(answer, head.Version);
                break;
            case KafkaApi.Metadata:
                MetadataAnswer.Write(answer, head.Version, request, topics, services.Host, services.Port);
                break;
            case KafkaApi.Produce:
                wanted = ProduceAnswer.Write(answer, head.Version, request, topics);
                break;
            case KafkaApi.Fetch:
                fetched = await services.Fetch.WriteAsync(answer, head.Version, FetchRequest.Read(head.Version, request), cancellation);
                await TellAsync(fetched, sent: false, answer.Size);
                break;
            case KafkaApi.ListOffsets:
                ListOffsetsAnswer.Write(answer, head.Version, request, topics);
                break;
            case KafkaApi.FindCoordinator:
                CoordinatorAnswers.WriteFindCoordinator(answer, head.Version, services.Host, services.Port);
                break;
            case KafkaApi.InitProducerId:
                CoordinatorAnswers.WriteInitProducerId(answer, request, services.NextProducerId);
                break;
        }

        if (wanted)
        {
            bool tear = fetched.Count > 0 && services.Faults.TakeTear();
            foreach (ReadOnlyMemory<byte> piece in answer.Frame())
            {
                if (tear)
                {
                    await SendAsync(piece[..(piece.Length / 2)], cancellation);
                    return false;
                }

                await SendAsync(piece, cancellation);
            }
        }

        await TellAsync(fetched, sent: true, answer.Size);
        return true;
    }

    private async ValueTask TellAsync(List<string> fetched, bool sent, long bytes)
    {
        if (fetched.Count > 0 && services.Faults.FetchObserver is { } observer)
        {
            await observer(new FetchedRecords(fetched, sent, bytes));
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        while (piece.Length > 0)
        {
            piece = piece[await socket.SendAsync(piece, cancellation)..];
        }
    }

    [LoggerMessage(EventId = 5301, Level = LogLevel.Warning,
        Message = "Closed a client's connection: it sent request {Api} version {Version} (client '{Client}'), which this broker does not speak.")]
    private static partial void LogUnknown(ILogger log, short api, short version, string? client);

    [LoggerMessage(EventId = 5302, Level = LogLevel.Warning, Message = "Closed a client's connection: {Reason}.")]
    private static partial void LogClosed(ILogger log, string reason);
}

/// <summary>What every connection works with.</summary>
internal sealed record KafkaConnectionServices(TopicStore Topics, FetchAnswer Fetch, KafkaBrokerFaults Faults, string Host, int Port, Func<long> NextProducerId, ILogger Log);
