using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;
using Lookup = MilvusCdc.Protocol.Pulsar.Wire.CommandLookupTopicResponse.Types.LookupType;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>The connections to all brokers, one each, and the way to the broker that serves a topic.</summary>
internal sealed class PulsarConnections(PulsarSourceLogOptions options, PulsarQueue queue, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private const int MostRedirects = 20;

    private readonly IReadOnlyList<ServiceAddress> _services = ServiceAddress.Parse(options.ServiceUrl)!;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly Dictionary<ServiceAddress, PulsarConnection> _open = [];
    private int _service;
    private bool _closed;

    /// <summary>The broker that serves a topic now. Throws <see cref="SourceLogException"/>.</summary>
    public async Task<PulsarConnection> FindAsync(string topic, CancellationToken cancellation)
    {
        PulsarConnection asked = await ServiceAsync(cancellation);
        bool authoritative = false;
        for (int redirect = 0; redirect <= MostRedirects; redirect++)
        {
            ulong request = asked.NextRequest();
            BaseCommand question = new() { Type = CommandType.Lookup, LookupTopic = new CommandLookupTopic { Topic = topic, RequestId = request, Authoritative = authoritative } };
            CommandLookupTopicResponse answer = (await asked.AskAsync(question, request, $"looking up '{topic}'", cancellation)).LookupTopicResponse
                ?? throw new SourceLogException($"looking up '{topic}': Pulsar at {asked.Address} does not answer with a LOOKUP_RESPONSE");
            if (answer.Response == Lookup.Failed)
            {
                throw new PulsarRefusedException(answer.Error, answer.Message, $"looking up '{topic}'");
            }

            ServiceAddress service = _services[_service];
            string url = service.Tls ? answer.BrokerServiceUrlTls : answer.BrokerServiceUrl;
            ServiceAddress broker = ServiceAddress.Parse(url)?[0]
                ?? throw new SourceLogException($"looking up '{topic}': Pulsar at {asked.Address} names the broker '{url}', which is no address of the form {(service.Tls ? "pulsar+ssl" : "pulsar")}://host:port");
            PulsarConnection found = await GetAsync(broker, answer.ProxyThroughServiceUrl ? service : broker, cancellation);
            if (answer.Response == Lookup.Connect)
            {
                return found;
            }

            authoritative = answer.Authoritative;
            asked = found;
        }

        throw new SourceLogException($"looking up '{topic}': Pulsar redirects more than {MostRedirects} times");
    }

    /// <summary>A connection to one of the stated hosts. Throws <see cref="SourceLogException"/>.</summary>
    public async Task<PulsarConnection> ServiceAsync(CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            ServiceAddress address = _services[_service];
            try
            {
                return await GetAsync(address, address, cancellation);
            }
            catch (SourceLogException failed) when (failed is not PulsarRefusedException)
            {
                _service = (_service + 1) % _services.Count;
                if (attempt >= _services.Count)
                {
                    throw;
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _opening.WaitAsync();
        _closed = true;
        foreach (PulsarConnection connection in _open.Values)
        {
            await connection.DisposeAsync();
        }

        _open.Clear();
    }

    private async Task<PulsarConnection> GetAsync(ServiceAddress broker, ServiceAddress through, CancellationToken cancellation)
    {
        await _opening.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(PulsarSourceLog));
            if (_open.TryGetValue(broker, out PulsarConnection? open))
            {
                if (!open.IsClosed)
                {
                    return open;
                }

                _open.Remove(broker);
                await open.DisposeAsync();
            }

            return _open[broker] = await PulsarConnection.OpenAsync(broker, through, options, queue, time, log, cancellation);
        }
        finally
        {
            _opening.Release();
        }
    }
}
