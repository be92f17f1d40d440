using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Source;

/// <summary>Looks single things up in the source's log.</summary>
internal sealed class LogLookup(ISourceLog log, TimeSpan patience)
{
    private readonly Dictionary<(string Channel, LogPosition From), ulong> _ticks = [];

    /// <summary>
    /// The timestamp of the first tick at or after a position. The Go tool stores the id of the tick that closed what it replicated, or of the first message that it left
    /// for later, which lies before that tick: either way this tick says how far it was. Null: none came in time. Throws <see cref="SourceLogException"/>.
    /// </summary>
    public async Task<ulong?> FirstTickAsync(string channel, LogPosition from, CancellationToken cancellation)
    {
        // Collections of one channel often stand at the same message.
        if (!_ticks.TryGetValue((channel, from), out ulong known))
        {
            ulong? found = await ReadAsync<ulong>(
                channel, from, static message => Envelope.Scan(message.Value) is { Type: MsgType.TimeTick } tick ? tick.BaseTimestamp : null, until: null, cancellation).ConfigureAwait(false);
            if (found is null)
            {
                return null;
            }

            _ticks[(channel, from)] = known = found.Value;
        }

        return known;
    }

    /// <summary>
    /// The newest timestamp that is older than everything at or after a position: nothing that comes from there is skipped by it, and what lies before the position is taken as done.
    /// Null: no tick came in time. Throws <see cref="SourceLogException"/>.
    /// </summary>
    public async Task<ulong?> TimeBeforeAsync(string channel, LogPosition from, CancellationToken cancellation)
    {
        ulong oldest = ulong.MaxValue;
        return await ReadAsync<ulong>(
            channel,
            from,
            message =>
            {
                Envelope envelope = Envelope.Scan(message.Value);
                bool isTick = envelope.Type == MsgType.TimeTick;
                ulong at = isTick ? envelope.BaseTimestamp : envelope.MinTimestamp;
                oldest = at > 0 ? Math.Min(oldest, at) : oldest;

                // Nothing after a tick is older than it.
                return isTick && oldest is > 1 and < ulong.MaxValue ? oldest - 1 : null;
            },
            until: null,
            cancellation).ConfigureAwait(false);
    }

    /// <summary>The position of the first operation after a timestamp; the channel's end when there is none; null: there is no such channel. Throws <see cref="SourceLogException"/>.</summary>
    public async Task<LogPosition?> FirstOperationAsync(string channel, ulong after, CancellationToken cancellation)
    {
        if (await log.GetBoundsAsync(channel, cancellation).ConfigureAwait(false) is not { } bounds)
        {
            return null;
        }

        if (bounds.First >= bounds.End)
        {
            return bounds.End;
        }

        return await ReadAsync<LogPosition>(
            channel, bounds.First, message => OperationParser.Parse(message).Timestamp > after ? message.Position : null, bounds.End, cancellation).ConfigureAwait(false) ?? bounds.End;
    }

    private async Task<T?> ReadAsync<T>(string channel, LogPosition from, Func<LogMessage, T?> look, LogPosition? until, CancellationToken cancellation)
        where T : struct
    {
        await log.OpenAsync(channel, from, cancellation).ConfigureAwait(false);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            await foreach (LogMessage message in log.ReadAsync(limit.Token).ConfigureAwait(false))
            {
                if (message.Channel != channel)
                {
                    continue;
                }

                if (look(message) is { } found)
                {
                    return found;
                }

                if (until is { } end && SourceReader.After(message.Position) >= end)
                {
                    return null;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            await log.CloseAsync(channel, CancellationToken.None).ConfigureAwait(false);
        }

        return null;
    }
}
