using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>
/// The source's change log on Pulsar: a channel is a topic without partitions (milvus-source-formats.md §4.2). All channels share one connection to each broker. By default nothing is left
/// on the broker; with <see cref="PulsarSourceLogOptions.Durable"/> it keeps what was not acknowledged.
/// </summary>
public sealed class PulsarSourceLog : IAcknowledgedLog
{
    private static readonly TimeSpan GoodBye = TimeSpan.FromSeconds(2);

    private readonly PulsarSourceLogOptions _options;
    private readonly PulsarLogParts _parts;
    private readonly ConcurrentDictionary<string, PulsarChannel> _channels = new(StringComparer.Ordinal);
    private int _disposed;

    /// <summary>Throws <see cref="ArgumentException"/> when <see cref="PulsarSourceLogOptions.Validate"/> finds problems. Connects with the first call.</summary>
    public PulsarSourceLog(PulsarSourceLogOptions options, ILogger<PulsarSourceLog>? logger = null, TimeProvider? time = null)
    {
        if (options.Validate() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        _options = options;
        time ??= TimeProvider.System;
        ILogger log = logger ?? NullLogger<PulsarSourceLog>.Instance;
        PulsarQueue queue = new(options.QueueBytes);
        PulsarConnections connections = new(options, queue, time, log);

        // A reader that is no durable one has a name of its own, so that a second one never meets it.
        string subscription = options.Durable ? options.Subscription : $"{options.Subscription}-{Guid.NewGuid().ToString("N")[..8]}";
        _parts = new PulsarLogParts(options, connections, new PulsarTopics(options, connections), queue, subscription, () => options.QueueBytes / Math.Max(1, _channels.Count), time, log);
    }

    /// <inheritdoc/>
    public string Kind => "pulsar";

    /// <inheritdoc/>
    public LogPosition Beginning => PulsarMessageId.Earliest;

    /// <inheritdoc/>
    /// <remarks>An empty topic begins and ends at <see cref="Beginning"/>. The first position of a channel that is open is that of the moment at which it was opened.</remarks>
    public async Task<LogBounds?> GetBoundsAsync(string channel, CancellationToken cancellation)
    {
        TopicEnds? ends = _channels.TryGetValue(channel, out PulsarChannel? open)
            ? await open.EndsAsync(cancellation)
            : await _parts.Topics.EndsAsync(channel, cancellation);
        return ends is { } known ? PulsarTopics.Bounds(known) : null;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <see cref="Beginning"/> of a topic that does not exist yet is waited for. What lay before the first message that the broker still has cannot be known: a gap is told when
    /// the entry that is named is not there. Throws <see cref="InvalidOperationException"/> when the channel is open.
    /// </remarks>
    public async Task OpenAsync(string channel, LogPosition from, CancellationToken cancellation)
    {
        if (from != Beginning && (from.Ledger < 0 || from.Entry < 0 || from.Batch < -1))
        {
            throw new ArgumentException($"channel '{channel}': {from} is not a Pulsar position", nameof(from));
        }

        PulsarChannel opened = new(channel, from, _parts);
        if (!_channels.TryAdd(channel, opened))
        {
            throw new InvalidOperationException($"channel '{channel}' is open already");
        }

        try
        {
            await opened.OpenAsync(cancellation);
        }
        catch
        {
            _channels.TryRemove(KeyValuePair.Create(channel, opened));
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>A ledger is never used again, not even for a topic of the same name.</remarks>
    public LogPosition? Back(LogPosition position, int messages) => null;

    /// <inheritdoc/>
    public async Task CloseAsync(string channel, CancellationToken cancellation)
    {
        if (_channels.TryRemove(channel, out PulsarChannel? opened))
        {
            await opened.CloseAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    /// <remarks>What was permitted to come before the pause still comes. A channel that is not open is ignored.</remarks>
    public void SetPaused(string channel, bool paused)
    {
        if (_channels.TryGetValue(channel, out PulsarChannel? opened))
        {
            opened.SetPaused(paused);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A gap ends the enumeration but not the log: close the channel that has it, and enumerate again for the others.</remarks>
    public IAsyncEnumerable<LogMessage> ReadAsync(CancellationToken cancellation) => _parts.Queue.ReadAsync(cancellation);

    /// <summary>Goes on to read an open channel at another position (inclusive). Messages of the old place that wait in the queue still come. Throws <see cref="SourceLogException"/>.</summary>
    public Task SeekAsync(string channel, LogPosition to, CancellationToken cancellation) => Open(channel).SeekAsync(to, null, cancellation);

    /// <summary>Goes on to read an open channel at the first message that was published at or after a time. Throws <see cref="SourceLogException"/>.</summary>
    public Task SeekAsync(string channel, DateTimeOffset published, CancellationToken cancellation) => Open(channel).SeekAsync(null, published, cancellation);

    /// <inheritdoc/>
    public byte[] ToMessageId(LogPosition position) => PulsarMessageId.ToBytes(position);

    /// <inheritdoc/>
    public LogPosition FromMessageId(ReadOnlySpan<byte> messageId) => PulsarMessageId.FromBytes(messageId);

    /// <inheritdoc/>
    public void Acknowledge(string channel, LogPosition next)
    {
        if (_options.Durable && _channels.TryGetValue(channel, out PulsarChannel? opened))
        {
            opened.Acknowledge(next);
        }
    }

    /// <inheritdoc/>
    public async Task ForgetAsync(IEnumerable<string> channels, CancellationToken cancellation)
    {
        if (!_options.Durable)
        {
            return;
        }

        foreach (string channel in channels)
        {
            await CloseAsync(channel, cancellation);
            try
            {
                await _parts.Topics.CheckAsync(channel, cancellation);
                PulsarConnection broker = await _parts.Connections.FindAsync(_options.TopicOf(channel), cancellation);
                PulsarConsumer consumer = new(broker, _options.TopicOf(channel), _parts.Topics.NextConsumer(), channel);
                await consumer.SubscribeAsync(_parts.Subscription, durable: true, Beginning, cancellation);
                await consumer.UnsubscribeAsync(cancellation);
                await consumer.CloseAsync(cancellation);
            }
            catch (PulsarRefusedException refused) when (refused.IsMissingTopic)
            {
                // With its topic the subscription is gone too.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (_options.Durable)
        {
            await SayGoodByeAsync();
        }

        foreach (PulsarChannel channel in _channels.Values)
        {
            await channel.DisposeAsync();
        }

        _parts.Queue.Close();
        await _parts.Connections.DisposeAsync();
    }

    // The next reader of the subscriptions would be told that they are in use, until the broker notices that this one's connection is gone.
    private async Task SayGoodByeAsync()
    {
        using CancellationTokenSource late = new(GoodBye, _parts.Time);
        await Task.WhenAll(_channels.Values.Select(channel => channel.CloseAsync(late.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private PulsarChannel Open(string channel) =>
        _channels.TryGetValue(channel, out PulsarChannel? opened) ? opened : throw new InvalidOperationException($"channel '{channel}' is not open");
}
