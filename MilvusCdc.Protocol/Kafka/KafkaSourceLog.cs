using System.Buffers.Binary;
using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Protocol.Logs;
using LogMessage = MilvusCdc.Protocol.Logs.LogMessage;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>
/// The source's change log on Kafka: a channel is a topic, read at partition 0 (milvus-source-formats.md §4.1). One consumer reads all channels by explicit assignment; it joins no group
/// and commits nothing. Offsets of a channel come without a hole: Milvus's topics are neither compacted nor transactional.
/// </summary>
public sealed partial class KafkaSourceLog : ISourceLog
{
    private readonly KafkaSourceLogOptions _options;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<string, OpenChannel> _channels = new(StringComparer.Ordinal);
    private readonly KafkaQueue _queue;
    private readonly KafkaBoundsQuery _bounds;
    private readonly KafkaPoller _poller;
    private readonly KafkaWatch _watch;
    private int _disposed;

    /// <summary>Throws <see cref="ArgumentException"/> when <see cref="KafkaSourceLogOptions.Validate"/> finds problems or librdkafka refuses a setting. Connects in the background.</summary>
    public KafkaSourceLog(KafkaSourceLogOptions options, ILogger<KafkaSourceLog>? logger = null, TimeProvider? time = null)
    {
        if (options.Validate() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        KafkaNativeLibrary.Use();
        _options = options;
        _log = logger ?? NullLogger<KafkaSourceLog>.Instance;
        time ??= TimeProvider.System;
        _queue = new KafkaQueue(options.QueueBytes / 2);
        _bounds = new KafkaBoundsQuery(options, time, OnLibraryLog);
        _poller = new KafkaPoller(options, _channels, _queue, time, OnLibraryLog, _log);
        _watch = new KafkaWatch(options, _channels, _bounds, _poller, _queue, time, _log);
    }

    /// <inheritdoc/>
    public string Kind => "kafka";

    /// <inheritdoc/>
    public LogPosition Beginning { get; } = LogPosition.Kafka(0);

    /// <inheritdoc/>
    public Task<LogBounds?> GetBoundsAsync(string channel, CancellationToken cancellation) => _bounds.QueryAsync(channel, _options.Timeout, cancellation);

    /// <inheritdoc/>
    /// <remarks>Offset 0 of a topic that does not exist yet is waited for. Throws <see cref="InvalidOperationException"/> when the channel is open.</remarks>
    public async Task OpenAsync(string channel, LogPosition from, CancellationToken cancellation)
    {
        if (from.Ledger != 0 || from.Entry < 0 || from.Batch != -1)
        {
            throw new ArgumentException($"channel '{channel}': {from} is not a Kafka offset", nameof(from));
        }

        OpenChannel opened = new(channel, from.Entry);
        if (!_channels.TryAdd(channel, opened))
        {
            throw new InvalidOperationException($"channel '{channel}' is open already");
        }

        try
        {
            LogBounds? bounds = await GetBoundsAsync(channel, cancellation);
            if (bounds is null ? from.Entry > 0 : IsOutside(from.Entry, bounds.Value))
            {
                throw new SourceLogGapException(channel, from, bounds);
            }

            if (bounds is null)
            {
                _poller.Unassign(opened, ChannelPhase.Waiting);
            }
            else
            {
                await _poller.AssignAsync(opened);
            }
        }
        catch
        {
            _channels.TryRemove(KeyValuePair.Create(channel, opened));
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>An offset says nothing of the topic that it was taken from; the messages before it do.</remarks>
    public LogPosition? Back(LogPosition position, int messages) => LogPosition.Kafka(Math.Max(0, position.Entry - messages));

    /// <inheritdoc/>
    public Task CloseAsync(string channel, CancellationToken cancellation)
    {
        if (_channels.TryRemove(channel, out OpenChannel? opened))
        {
            _poller.Unassign(opened, ChannelPhase.Closed);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>What was read ahead before the pause still comes. A channel that is not open is ignored.</remarks>
    public void SetPaused(string channel, bool paused)
    {
        if (_channels.TryGetValue(channel, out OpenChannel? opened))
        {
            _poller.SetPaused(opened, paused);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A gap ends the enumeration but not the log: close the channel that has it, and enumerate again for the others.</remarks>
    public IAsyncEnumerable<LogMessage> ReadAsync(CancellationToken cancellation) => _queue.ReadAsync(cancellation);

    /// <inheritdoc/>
    public byte[] ToMessageId(LogPosition position)
    {
        byte[] id = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(id, position.Entry);
        return id;
    }

    /// <inheritdoc/>
    public LogPosition FromMessageId(ReadOnlySpan<byte> messageId)
        => messageId.Length == sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(messageId) is >= 0 and long offset
            ? LogPosition.Kafka(offset)
            : throw new FormatException($"a Kafka message id is an offset of 8 bytes, not '{Convert.ToHexString(messageId)}'");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _watch.DisposeAsync();
        _queue.Close();
        await _poller.DisposeAsync();
        await _bounds.DisposeAsync();
    }

    internal static bool IsOutside(long offset, LogBounds bounds) => offset < bounds.First.Entry || offset > bounds.End.Entry;

    private void OnLibraryLog(Confluent.Kafka.LogMessage line)
    {
        // Connections come and go while a broker restarts; what matters of it reaches us as an error too.
        LogLevel level = line.Level <= SyslogLevel.Critical ? LogLevel.Error : LogLevel.Debug;
        LogLibrary(_log, level, line.Facility, KafkaSettings.WithoutSecrets(line.Message, _options));
    }

    [LoggerMessage(EventId = 2121, Message = "librdkafka {Facility}: {Line}")]
    private static partial void LogLibrary(ILogger log, LogLevel level, string facility, string line);
}
