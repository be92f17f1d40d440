using System.Buffers.Binary;
using System.Text;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Source.Log;

namespace MilvusCdc.Sandbox.Tests.Kafka;

/// <summary>A source's log in another process: what the writer says of each message's place must be where the broker has it, whatever happens between the two.</summary>
public sealed class KafkaProducerWriterTests
{
    private const string Topic = "by-dev-rootcoord-dml_0", Other = "by-dev-rootcoord-dml_1";
    private const int Messages = 3000;

    [Fact]
    public async Task Messages_lie_where_the_writer_said_with_what_belongs_to_them()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        using KafkaProducerWriter writer = new(bed.Broker.BootstrapServers);

        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(number => Place(writer.Append(Topic, BitConverter.GetBytes(number), [new("traceparent", "ü")], 1_700_000_000_000 + number))));
        Assert.Equal(0, Place(writer.Append(Other, [1], [], 5)));

        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        List<LogMessage> read = await bed.TakeAsync(log, 3);
        Assert.Equal([0, 1, 2], read.Select(message => message.Position.Entry));
        Assert.Equal([0, 1, 2], read.Select(message => BitConverter.ToInt32(message.Value.Span)));
        Assert.False(writer.Broken.IsCompleted);
    }

    [Fact]
    public async Task Connections_are_cut_and_the_broker_starts_again_then_nothing_is_lost_doubled_or_moved()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        using KafkaProducerWriter writer = new(bed.Broker.BootstrapServers);
        for (int number = 0; number < Messages; number++)
        {
            Assert.Equal(number, Place(writer.Append(Topic, BitConverter.GetBytes(number), [], number)));
            if (number % 500 == 250)
            {
                bed.Broker.Faults.DropConnections();
            }

            if (number % 1000 == 700)
            {
                await bed.RestartAsync();
            }

            if (number % 50 == 0)
            {
                await Task.Delay(2);
            }
        }

        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        List<LogMessage> read = await bed.TakeAsync(log, Messages);
        Assert.Equal(Enumerable.Range(0, Messages), read.Select(message => BitConverter.ToInt32(message.Value.Span)));
        Assert.False(writer.Broken.IsCompleted);
        Assert.Equal((0, Messages), bed.Broker.Bounds(Topic));
    }

    [Fact]
    public async Task Broker_takes_nothing_then_a_flush_waits_until_it_does()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        using KafkaProducerWriter writer = new(bed.Broker.BootstrapServers);
        bed.Broker.Faults.RefuseConnections = true;
        bed.Broker.Faults.DropConnections();
        writer.Append(Topic, [1], [], 1);
        writer.Append(Other, [2], [], 1);
        Task flushed = writer.FlushAsync(bed.Deadline);
        await Task.Delay(300);
        Assert.False(flushed.IsCompleted);

        bed.Broker.Faults.RefuseConnections = false;
        await flushed;

        Assert.Equal(((0, 1), (0, 1)), (bed.Broker.Bounds(Topic), bed.Broker.Bounds(Other)));
    }

    [Fact]
    public async Task Topic_has_messages_already_then_the_next_place_is_behind_them()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill(Topic, 7);
        using KafkaProducerWriter writer = new(bed.Broker.BootstrapServers);

        Assert.Equal(7, Place(writer.Append(Topic, [1], [], 1)));
        Assert.Equal(0, Place(writer.Append(Other, [1], [], 1)));
    }

    [Fact]
    public async Task Somebody_else_writes_the_topic_too_then_it_is_said()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        using KafkaProducerWriter writer = new(bed.Broker.BootstrapServers);
        bed.Fill(Topic, 1);
        writer.Append(Topic, Encoding.UTF8.GetBytes("second"), [], 1);

        string why = await writer.Broken.WaitAsync(bed.Deadline);

        Assert.Equal($"Somebody else writes {Topic} at the broker {bed.Broker.BootstrapServers} too: message 0 was placed at 1", why);
    }

    [Fact]
    public void Nobody_is_there_then_it_is_said_at_the_start()
    {
        using KeptPort nobody = KeptPort.Take();
        SandboxException away = Assert.Throws<SandboxException>(() => new KafkaProducerWriter(nobody.Address.Authority));
        Assert.StartsWith($"The broker at {nobody.Address.Authority} does not answer: ", away.Message, StringComparison.Ordinal);
    }

    private static long Place(byte[] id) => BinaryPrimitives.ReadInt64LittleEndian(id);
}
