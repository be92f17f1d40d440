using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MilvusCdc.Sandbox.Kafka.Storage;

namespace MilvusCdc.Sandbox.Kafka;

public sealed partial class KafkaBroker
{
    // Milvus's own producers send far smaller batches; these keep a bulk load and its reading quick.
    private const int MaxBatchBytes = 256 << 10;
    private const int MaxBatchRecords = 4096;

    private static long Store(TopicLog log, BatchBuilder builder)
    {
        byte[] batch = builder.ToArray();
        BatchHeader.TryRead(batch, out BatchHeader header);
        return log.Append(batch, header) ?? throw new InvalidOperationException($"topic '{log.Name}' has been deleted or the broker has stopped");
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failed)
            {
                // Out of file handles, say: not worth a spinning loop.
                LogAccept(_services.Log, failed.Message);
                await Task.Delay(100, CancellationToken.None);
                continue;
            }

            if (Faults.RefuseConnections)
            {
                client.Dispose();
                continue;
            }

            client.NoDelay = true;
            KafkaConnection connection = new(client, _services);
            Task running = Task.Run(() => connection.RunAsync(_stopping.Token));
            _connections[connection] = running;
            _ = running.ContinueWith(_ => _connections.TryRemove(connection, out Task? _), TaskScheduler.Default);
        }
    }

    private void DropConnections()
    {
        foreach (KafkaConnection connection in _connections.Keys)
        {
            connection.Close();
        }
    }

    [LoggerMessage(EventId = 5303, Level = LogLevel.Warning, Message = "Topic '{Topic}': its log ended in the middle of a batch; {Bytes} bytes were cut off.")]
    private static partial void LogTorn(ILogger log, string topic, long bytes);

    [LoggerMessage(EventId = 5304, Level = LogLevel.Warning, Message = "A connection could not be accepted: {Reason}.")]
    private static partial void LogAccept(ILogger log, string reason);
}
