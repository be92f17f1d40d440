using System.Text;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Codecs;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Protocol.Tests.Pulsar;

public class PulsarEntryTests
{
    [Fact]
    public void Recorded_entries_then_each_is_a_batch_of_one_in_zstd_with_the_recorded_body()
    {
        int count = 0;
        foreach (RecordedEntry recorded in RecordedEntries.Load().Values.SelectMany(entries => entries))
        {
            PulsarEntry entry = PulsarEntry.Parse(recorded.Raw);
            EntryMessage message = Assert.Single(entry.Messages());
            Assert.True(message.Index == 0 && entry.Metadata.Compression == CompressionType.Zstd && message.Value.Span.SequenceEqual(recorded.Value), recorded.At.ToString());
            count++;
        }

        Assert.Equal(5269, count);
    }

    [Fact]
    public void Entry_that_is_built_as_Milvus_does_then_it_reads_as_the_recorded_one()
    {
        RecordedEntry recorded = RecordedEntries.Load()["p1-rootcoord-dml_0"][1];
        MessageMetadata metadata = PulsarEntry.Parse(recorded.Raw).Metadata.Clone();

        PulsarEntry built = PulsarEntry.Parse(PulsarEntryBuilder.Batch(metadata, [(recorded.Value, [])]));

        Assert.Equal(metadata, built.Metadata);
        Assert.Equal(recorded.Value, Assert.Single(built.Messages()).Value.ToArray());
    }

    [Fact]
    public void Broker_metadata_before_the_entry_then_it_is_skipped()
    {
        byte[] plain = PulsarEntryBuilder.Single(new MessageMetadata { ProducerName = "p", SequenceId = 1, PublishTime = 2 }, "body"u8.ToArray());

        PulsarEntry entry = PulsarEntry.Parse((byte[])[0x0e, 0x02, 0, 0, 0, 3, 1, 2, 3, .. plain]);

        Assert.Equal("body", Encoding.UTF8.GetString(Assert.Single(entry.Messages()).Value.Span));
    }

    [Fact]
    public void Entry_cut_or_changed_anywhere_then_it_is_refused_or_the_same_and_never_anything_else()
    {
        byte[] whole = RecordedEntries.Load()["p1-replicate-msg"][0].Raw;
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => PulsarEntry.Parse(whole.AsMemory(0, length)).Messages());
        }

        for (int at = 2; at < whole.Length; at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x11;
            Assert.Throws<InvalidDataException>(() => PulsarEntry.Parse(changed).Messages());
        }
    }

    [Theory]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zlib)]
    [InlineData(CompressionType.Zstd)]
    [InlineData(CompressionType.Snappy)]
    public void Packed_bytes_that_are_damaged_or_of_another_length_then_that_is_said(CompressionType compression)
    {
        // Of Snappy there is only the recorded message.
        byte[] plain = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("compress me ", 40)));
        PulsarEntry entry = RecordedSession.Load("raw-minimal").Frames.Where(frame => frame.Entry.Length > 0)
            .Select(frame => PulsarEntry.Parse(frame.Entry)).First(entry => entry.Metadata.Compression == compression && entry.Metadata.UncompressedSize == 480);
        byte[] packed = entry.Payload.ToArray();

        Assert.Equal(plain, Codec.Decompress(compression, packed, plain.Length));
        Assert.Throws<InvalidDataException>(() => Codec.Decompress(compression, packed, plain.Length - 1));
        Assert.Throws<InvalidDataException>(() => Codec.Decompress(compression, packed, plain.Length + 1));
        Assert.Throws<InvalidDataException>(() => Codec.Decompress(compression, packed.AsSpan(0, packed.Length / 2), plain.Length));
        Assert.Throws<InvalidDataException>(() => Codec.Decompress(compression, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], plain.Length));
    }

    [Fact]
    public void Library_that_is_missing_then_its_package_is_named()
    {
        SourceLogException missing = Assert.Throws<SourceLogException>(() => SystemLibrary.Require("libmissing.so.9"));

        Assert.Contains("libmissing.so.9 is missing on this machine; install it", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checksum_of_known_text_then_it_is_Castagnolis()
        => Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));

    [Fact]
    public void Encrypted_entry_then_that_is_said()
    {
        MessageMetadata metadata = new() { ProducerName = "p", SequenceId = 1, PublishTime = 2, EncryptionKeys = { new EncryptionKeys { Key = "k" } } };

        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => PulsarEntry.Parse(PulsarEntryBuilder.Seal(metadata, "x"u8)).Messages());

        Assert.Equal("it is encrypted", refused.Message);
    }
}
