using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>
/// Sends a group of which the target refuses something, or that is too large: message by message, and where a message is refused, one half of its rows after the other, until what is refused is
/// small. What is cut, and how, is durable before the parts go out, so that a run after a crash sends the same parts and the target drops the repeats.
/// </summary>
internal sealed class CarefulSender(DeadLetterDesk desk, TaskRun run, Router router, CancellationToken abort)
{
    /// <summary>Bytes above which a message is cut at once: Pulsar takes 5 MiB, Kafka 10 MiB. Fixed: another value would cut other parts out of the same log.</summary>
    public const int LargestElement = 4 << 20;

    /// <summary>How often a message is halved to find the rows that are refused; for one that is too large there is no limit but the single row.</summary>
    private const int DeepestSearch = 5;

    // The first message of a group that goes message by message.
    private const string WholeGroup = "*";

    /// <summary>Whether a group must not be sent as one.</summary>
    public bool Concerns(RowGroup group) =>
        (group.Entries.Count == 1 && group.Entries[0].Envelope.Bytes.Length > LargestElement) || desk.Concerns(group.SourceChannel, group.Entries);

    /// <summary>Refuses all messages of a group that has no place on the target.</summary>
    public async Task<long> RefuseAsync(RowGroup group, string cause)
    {
        foreach (LogEntry entry in group.Entries)
        {
            await desk.RefuseAsync(RefusedPart.Whole(new LetterId(group.SourceChannel, entry.Position), entry.Envelope, cause), abort);
        }

        return 0;
    }

    /// <summary>Sends what the target takes of a group and sets the rest aside, or blocks the task. Answers how many rows went out.</summary>
    public async Task<long> SendAsync(RowGroup group, Route route, ChannelLane lane)
    {
        foreach (LogEntry entry in group.Entries)
        {
            if (router.Defect(entry.Envelope, group, run.Catalog) is { } defect)
            {
                string cause = $"it would harm the target ({defect.TrimEnd('.')})";
                await desk.RefuseAsync(RefusedPart.Whole(new LetterId(group.SourceChannel, entry.Position), entry.Envelope, cause), abort);
            }
        }

        LetterId whole = new(group.SourceChannel, group.Entries[0].Position, WholeGroup);
        if (group.Entries.Count > 1 && !desk.IsCut(whole))
        {
            await desk.CutAsync(whole, abort);
        }

        long rows = 0;
        foreach (LogEntry entry in group.Entries)
        {
            rows += await SendAsync(new Part(group.SourceChannel, entry, 0, entry.Envelope.RowCount, "", RowCutter.CanCut(entry.Envelope)), route.Patch, lane);
        }

        return rows;
    }

    private async Task<long> SendAsync(Part part, EnvelopePatch patch, ChannelLane lane)
    {
        if (desk.IsLetter(part.Id))
        {
            return 0;
        }

        if (desk.IsCut(part.Id))
        {
            return await SendHalvesAsync(part, patch, lane);
        }

        ReadOnlySequence<byte> element = part.Element(patch);
        if (element.Length > LargestElement && part.Divides)
        {
            return await SendHalvesAsync(part, patch, lane);
        }

        try
        {
            await lane.Send(element, part.Envelope.MinTimestamp, part.Envelope.MaxTimestamp);
            return part.Rows;
        }
        catch (RefusedMessageException refused)
        {
            if (part.Divides && (refused.IsTooLarge || part.Id.Path.Length < DeepestSearch))
            {
                await desk.CutAsync(part.Id, abort);
                return await SendHalvesAsync(part, patch, lane);
            }

            byte[] kept = part.Element(EnvelopePatch.None).ToArray();
            await desk.RefuseAsync(new RefusedPart(part.Id, part.Envelope, kept, part.From, part.To, $"the target refuses it ({refused.Answer})"), abort);
            return 0;
        }
    }

    private async Task<long> SendHalvesAsync(Part part, EnvelopePatch patch, ChannelLane lane) =>
        await SendAsync(part.Half(0), patch, lane) + await SendAsync(part.Half(1), patch, lane);

    /// <summary>Some rows of a message.</summary>
    private sealed record Part(string Channel, LogEntry Entry, long From, long To, string Path, bool CanCut)
    {
        public LetterId Id => new(Channel, Entry.Position, Path);

        public Envelope Envelope => Entry.Envelope;

        /// <summary>Messages that are no rows count none.</summary>
        public long Rows => To - From;

        public bool Divides => CanCut && Rows > 1;

        public Part Half(int which)
        {
            long middle = From + (Rows / 2);
            return this with { From = which == 0 ? From : middle, To = which == 0 ? middle : To, Path = $"{Path}{which}" };
        }

        public ReadOnlySequence<byte> Element(EnvelopePatch patch) => Path.Length == 0 ? EnvelopePatcher.Patch(Envelope, patch) : RowCutter.Cut(Envelope, From, To, MessageId(), patch);

        /// <summary>Follows from the log alone. Negative: Milvus's own ids never are.</summary>
        private long MessageId()
        {
            byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Envelope.MsgId}:{Id}"));
            return BinaryPrimitives.ReadInt64LittleEndian(hash) | long.MinValue;
        }
    }
}
