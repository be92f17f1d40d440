using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Protocol.Tests.Pulsar;

public class PulsarMessageIdTests
{
    [Fact]
    public void Ids_that_Milvus_stored_then_they_read_as_the_message_they_name_and_are_written_the_same()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "recordings", "pulsar-2.3.5", "ids.txt"));
        Assert.Equal(16, lines.Length);
        foreach (string line in lines)
        {
            string hex = line.StartsWith("CP", StringComparison.Ordinal) ? After(line, "msgid ") : line.Split(' ')[3];
            LogPosition stored = PulsarMessageId.FromBytes(Convert.FromHexString(hex)), readBack = PulsarMessageId.FromBytes(Convert.FromHexString(After(line, "readback id ")));

            // Another client's id of the same message has other bytes and is the same place.
            Assert.Equal(readBack, stored);
            Assert.Equal(hex, Convert.ToHexString(PulsarMessageId.ToBytes(stored)), ignoreCase: true);
        }
    }

    [Fact]
    public void Ids_of_every_recorded_message_then_they_name_its_entry()
    {
        foreach (RecordedEntry entry in RecordedEntries.Load().Values.SelectMany(entries => entries))
        {
            Assert.Equal(entry.At with { Batch = 0 }, PulsarMessageId.FromBytes(entry.Id));
        }
    }

    [Theory]
    [InlineData("0833100020013002", 51, 0, 1)]
    [InlineData("08331001", 51, 1, -1)]
    [InlineData("0833100118ffffffffffffffffff0120ffffffffffffffffff01", 51, 1, -1)]
    [InlineData("08ffffffffffffffffff0110ffffffffffffffffff01", -1, -1, -1)]
    [InlineData("08d209103818002000", 1234, 56, 0)]
    public void Ids_of_any_client_then_they_are_read(string hex, long ledger, long entry, int batch)
        => Assert.Equal(new LogPosition(ledger, entry, batch), PulsarMessageId.FromBytes(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("")]
    [InlineData("2a00000000000000")]
    [InlineData("0833")]
    [InlineData("083310011802")]
    public void Bytes_that_are_no_id_then_they_are_refused_and_shown(string hex)
    {
        FormatException refused = Assert.Throws<FormatException>(() => PulsarMessageId.FromBytes(Convert.FromHexString(hex)));

        Assert.Contains($"'{hex}'", refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static string After(string line, string what) => line[(line.IndexOf(what, StringComparison.Ordinal) + what.Length)..].Split(' ')[0];
}
