using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using Xunit.Abstractions;

namespace MilvusCdc.Protocol.Tests.Messages;

public class MutationTests(ITestOutputHelper output)
{
    private const int Seed = 20_261_122;
    private const int Inputs = 100_000;

    [Fact]
    public void Damaged_messages_then_nothing_but_malformed_is_thrown_and_what_is_sent_is_sound()
    {
        output.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        List<byte[]> sound = [.. RecordedMessages.WithoutTicks];
        for (int i = 0; i < 30; i++)
        {
            sound.Add(new SampleMessages(i).Insert(1 + (i % 5), nullable: i % 3).ToByteArray());
            sound.Add(new SampleMessages(i).Delete(1 + i, textKeys: i % 2 == 0).ToByteArray());
        }

        EnvelopePatch patch = new("shard", "db", "collection", "partition", 1, 2, 3);
        Dictionary<string, int> ends = [];
        for (int i = 0; i < Inputs; i++)
        {
            byte[] original = sound[random.Next(sound.Count)];
            string end = Try(Mutate(random, original, sound[random.Next(sound.Count)]), original, patch);
            ends[end] = ends.GetValueOrDefault(end) + 1;
        }

        output.WriteLine(string.Join(", ", ends));
        Assert.All(["malformed", "refused", "clean", "merged"], end => Assert.True(ends[end] > 1_000, $"{end}: {ends[end]}"));
    }

    private static string Try(byte[] mutated, byte[] original, EnvelopePatch patch)
    {
        Envelope envelope;
        try
        {
            envelope = Envelope.Scan(mutated);
        }
        catch (MalformedMessageException)
        {
            return "malformed";
        }

        byte[] patched = EnvelopePatcher.Patch(envelope, patch).ToArray();
        Envelope again = Envelope.Scan(patched);
        Assert.Equal((envelope.Type, 3L, envelope.RowCount, envelope.MaxTimestamp), (again.Type, again.MsgId, again.RowCount, again.MaxTimestamp));

        bool isSound = EnvelopeCheck.Verify(envelope) is null;
        Envelope first = Envelope.Scan(original);
        bool merged = first.Type == MsgType.Insert
            ? InsertMerger.TryMerge([first, envelope], patch, out ReadOnlySequence<byte> one)
            : DeleteMerger.TryMerge([first, envelope], patch, out one);
        if (!merged)
        {
            return isSound ? "clean" : "refused";
        }

        Assert.True(isSound);
        Envelope whole = Envelope.Scan(one.ToArray());
        Assert.Equal(first.RowCount + envelope.RowCount, whole.RowCount);
        Assert.Null(EnvelopeCheck.Verify(whole));
        return "merged";
    }

    private static byte[] Mutate(Random random, byte[] original, byte[] other)
    {
        byte[] bytes = [.. original];
        switch (random.Next(5))
        {
            case 0:
                for (int flips = 1 + random.Next(3); flips > 0; flips--)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                return bytes;
            case 1:
                return bytes[..random.Next(bytes.Length)];
            case 2:
                // A piece of one at the place of a piece of the other.
                int at = random.Next(bytes.Length);
                int from = random.Next(other.Length);
                return [.. bytes[..at], .. other[from..Math.Min(other.Length, from + random.Next(64))], .. bytes[Math.Min(bytes.Length, at + random.Next(64))..]];
            case 3:
                // Whole fields of both, in any order: well formed outside, whatever inside.
                List<WireField> fields = [.. WireFields.Split(bytes), .. WireFields.Split(other)];
                fields.RemoveAll(_ => random.Next(4) == 0);
                return WireFields.Join(fields.OrderBy(_ => random.Next()));
            default:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
        }
    }
}
