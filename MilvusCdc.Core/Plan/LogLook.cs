using Google.Protobuf;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.Plan;

/// <summary>Looks at the source's log: which channels there are, what has to be read of them, and how far back they go.</summary>
internal sealed class LogLook(PlanSubject subject, SourceConnections source, Checkpoint? checkpoint, TimeProvider time, Findings findings)
{
    private const int Sampled = 4;
    private const int AtOnce = 4;
    private static readonly TimeSpan SampleLimit = TimeSpan.FromSeconds(15);

    /// <summary>Everything of the log that the report shows; null: the log cannot be read, and the findings say why.</summary>
    public async Task<LogFacts?> ReadAsync(IReadOnlyList<CollectionLook.Taken> taken, CancellationToken cancellation)
    {
        ISourceLog log;
        try
        {
            log = source.OpenLog();
        }
        catch (ArgumentException wrong)
        {
            findings.Fail("source.log", "the source's log", wrong.Message, "mend the settings of Source:Kafka or Source:Pulsar");
            return null;
        }

        await using (log)
        {
            try
            {
                return await ReadAsync(log, taken, cancellation);
            }
            catch (SourceLogException away)
            {
                findings.Fail("source.log", "the source's log", away.Message, "check that the brokers run and that Source:Kafka or Source:Pulsar holds their address and login");
                return null;
            }
        }
    }

    private async Task<LogFacts> ReadAsync(ISourceLog log, IReadOnlyList<CollectionLook.Taken> taken, CancellationToken cancellation)
    {
        string[] names = [.. taken.SelectMany(static one => one.Collection.PhysicalChannels).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Dictionary<string, LogBounds?> bounds = await BoundsAsync(log, [.. names, source.ReplicateChannel], cancellation);
        findings.Ok("source.log", "the source's log", $"{log.Kind} answers; {names.Length} {(names.Length == 1 ? "channel carries" : "channels carry")} the task's collections");
        if (bounds[source.ReplicateChannel] is null)
        {
            findings.Warn(
                "source.replicate_channel", source.ReplicateChannel, "the channel of operations (indexes, load, databases, users) does not exist yet",
                "the source makes it with its first such operation; if it has done some, Source:ReplicateChannel has another name than the source's channel prefix + -replicate-msg");
        }

        List<PlannedChannel> channels = [];
        foreach (string name in names)
        {
            channels.Add(Look(log, name, bounds[name], taken));
        }

        if (bounds[source.ReplicateChannel] is { } operations)
        {
            channels.Add(new PlannedChannel(source.ReplicateChannel, $"{operations.First}", $"{operations.End}", checkpoint?.Operations.ToString(), 0));
        }

        DateTimeOffset? since = await OldestAsync(log, [.. names.Where(name => bounds[name] is { } at && at.First < at.End).Take(Sampled).Select(name => (name, bounds[name]!.Value.First))], cancellation);
        Retention(since);
        if (await source.DescribeRetentionAsync(cancellation) is { } kept)
        {
            findings.Note("log.retention", "the source's broker", kept);
        }

        return new LogFacts(channels, channels.Sum(static channel => channel.Behind), since);
    }

    private static async Task<Dictionary<string, LogBounds?>> BoundsAsync(ISourceLog log, string[] names, CancellationToken cancellation)
    {
        using SemaphoreSlim slots = new(AtOnce);
        (string Name, LogBounds? Bounds)[] asked = await Task.WhenAll(names.Distinct(StringComparer.Ordinal).Select(async name =>
        {
            await slots.WaitAsync(cancellation);
            try
            {
                return (name, await log.GetBoundsAsync(name, cancellation));
            }
            finally
            {
                slots.Release();
            }
        }));
        return asked.ToDictionary(static one => one.Name, static one => one.Bounds, StringComparer.Ordinal);
    }

    private PlannedChannel Look(ISourceLog log, string name, LogBounds? bounds, IReadOnlyList<CollectionLook.Taken> taken)
    {
        if (bounds is not { } there)
        {
            findings.Fail(
                "source.channel", name, "the source's metadata names this channel, the broker does not have it",
                "check that the configured broker is the source's own, and that nobody deleted the topic");
            return new PlannedChannel(name, null, null, null, 0);
        }

        LogPosition? from = From(log, name, taken);
        if (from is { } first && first < there.First)
        {
            findings.Fail(
                "log.gap", name, $"reading would begin at {first}, the oldest message that is left is {there.First}: what lies between is lost",
                "start from now on (start: Latest) with a backup restored on the target, or exclude the collections of this channel");
        }
        else if (from is { } late && late > there.End)
        {
            findings.Fail("log.gap", name, $"reading would begin at {late}, which the log does not have: it ends at {there.End}", "check that the positions are of this source and not of another one");
        }

        long behind = from is { Ledger: 0 } at && there.End.Ledger == 0 ? Math.Max(0, there.End.Entry - Math.Max(at.Entry, there.First.Entry)) : 0;
        return new PlannedChannel(name, $"{there.First}", $"{there.End}", from?.ToString(), behind);
    }

    // As the engine decides it: the checkpoint, else stated positions, else the creation of the first collection, else the end.
    private LogPosition? From(ISourceLog log, string channel, IReadOnlyList<CollectionLook.Taken> taken)
    {
        if (checkpoint is not null)
        {
            return checkpoint.Channels.TryGetValue(channel, out ChannelCheckpoint? at) ? at.Position : null;
        }

        if (subject.Task.Positions.Count > 0)
        {
            return Least(subject.Task.Positions.Where(pair => VirtualChannel.PhysicalOf(pair.Key) == channel).Select(pair => Stated(log, pair.Key, pair.Value)));
        }

        return subject.Task.Start is TaskStart.CollectionStart
            ? Least(taken.Select(one => one.Collection.StartPositions.TryGetValue(channel, out ByteString? start) ? log.FromMessageId(start.Span) : (LogPosition?)null))
            : null;
    }

    private LogPosition? Stated(ISourceLog log, string channel, string position)
    {
        try
        {
            return log.FromMessageId(MsgPosition.Parser.ParseFrom(Convert.FromBase64String(position)).MsgID.Span);
        }
        catch (Exception wrong) when (wrong is FormatException or InvalidProtocolBufferException)
        {
            findings.Fail("log.position", channel, $"the stated position is not base64 of a MsgPosition of {log.Kind}", "take the positions from the tool or backup that made them, unchanged");
            return null;
        }
    }

    private static LogPosition? Least(IEnumerable<LogPosition?> positions) => positions.OfType<LogPosition>().Order().Select(static position => (LogPosition?)position).FirstOrDefault();

    private async Task<DateTimeOffset?> OldestAsync(ISourceLog log, (string Name, LogPosition First)[] channels, CancellationToken cancellation)
    {
        if (channels.Length == 0)
        {
            return null;
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(SampleLimit);
        Dictionary<string, long> oldest = new(StringComparer.Ordinal);
        try
        {
            foreach ((string name, LogPosition first) in channels)
            {
                await log.OpenAsync(name, first, limit.Token);
            }

            await foreach (LogMessage message in log.ReadAsync(limit.Token))
            {
                if (!oldest.ContainsKey(message.Channel) && TimeOf(message) is { } ms)
                {
                    oldest[message.Channel] = ms;
                    log.SetPaused(message.Channel, true);
                }

                if (oldest.Count == channels.Length)
                {
                    break;
                }
            }
        }
        catch (Exception unread) when (unread is SourceLogException || (unread is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // How far back the log goes is good to know, not more.
        }

        return oldest.Count == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(oldest.Values.Max());
    }

    private static long? TimeOf(LogMessage message)
    {
        try
        {
            ulong timestamp = Envelope.Scan(message.Value).MinTimestamp;
            return timestamp == 0 ? null : MilvusTime.PhysicalMs(timestamp);
        }
        catch (MalformedMessageException)
        {
            return null;
        }
    }

    private void Retention(DateTimeOffset? since)
    {
        if (since is not { } oldest)
        {
            findings.Note("log.retention", "the source's log", "how far back the log goes is not known: nothing could be read of it");
            return;
        }

        findings.Note(
            "log.retention", "the source's log",
            $"the log goes back to {oldest:yyyy-MM-dd HH:mm} UTC ({Words(time.GetUtcNow() - oldest)}): a pause that lasts longer than the log is kept loses changes",
            "if that is all that the brokers keep, and not just a young log, see that it is longer than your longest pause: a weekend is a good least");
    }

    private static string Words(TimeSpan time) => time.TotalDays >= 2 ? $"{time.TotalDays:0.#} days" : time.TotalHours >= 2 ? $"{time.TotalHours:0.#} hours" : $"{Math.Max(0, time.TotalMinutes):0} minutes";
}

/// <summary>What was found of the log.</summary>
internal sealed record LogFacts(IReadOnlyList<PlannedChannel> Channels, long Backlog, DateTimeOffset? Since);
