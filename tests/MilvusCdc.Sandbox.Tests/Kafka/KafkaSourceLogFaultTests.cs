using System.Diagnostics;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Sandbox.Kafka;

namespace MilvusCdc.Sandbox.Tests.Kafka;

/// <summary>The reader when the log has a gap, or the broker goes away.</summary>
public sealed class KafkaSourceLogFaultTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(21)]
    public async Task Open_outside_the_log_is_a_gap_that_tells_what_is_there(long from)
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("t", 20);
        await bed.Broker.TrimAsync("t", 5);
        KafkaSourceLog log = bed.Reader();
        SourceLogGapException gap = await Assert.ThrowsAsync<SourceLogGapException>(() => log.OpenAsync("t", KafkaTestBed.At(from), bed.Deadline));
        Assert.Equal(("t", KafkaTestBed.At(from), new LogBounds(KafkaTestBed.At(5), KafkaTestBed.At(20))), (gap.Channel, gap.Wanted, gap.Available));

        // The failed opening leaves nothing behind.
        await log.OpenAsync("t", KafkaTestBed.At(5), bed.Deadline);
        Assert.Equal(5, (await bed.TakeAsync(log, 1))[0].Position.Entry);
    }

    [Fact]
    public async Task Open_at_the_end_waits_for_the_next_record()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("t", 20);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(20), bed.Deadline);
        bed.Fill("t", 1, from: 20);
        Assert.Equal(20, (await bed.TakeAsync(log, 1))[0].Position.Entry);
    }

    [Fact]
    public async Task Open_past_the_start_of_a_missing_topic_is_a_gap()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        SourceLogGapException gap = await Assert.ThrowsAsync<SourceLogGapException>(() => bed.Reader().OpenAsync("gone", KafkaTestBed.At(1), bed.Deadline));
        Assert.Null(gap.Available);
    }

    [Fact]
    public async Task A_log_trimmed_past_the_reader_is_a_gap_and_the_other_channels_go_on()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("t", 10);
        bed.Fill("other", 10);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        await bed.TakeAsync(log, 10);
        log.SetPaused("t", true);
        bed.Fill("t", 10, from: 10);
        await bed.Broker.TrimAsync("t", 15);
        log.SetPaused("t", false);

        SourceLogGapException gap = await Assert.ThrowsAsync<SourceLogGapException>(() => bed.TakeAsync(log, 1));
        Assert.Equal((KafkaTestBed.At(10), new LogBounds(KafkaTestBed.At(15), KafkaTestBed.At(20))), (gap.Wanted, gap.Available));

        await log.CloseAsync("t", bed.Deadline);
        await log.OpenAsync("other", KafkaTestBed.At(0), bed.Deadline);
        Assert.Equal("other", (await bed.TakeAsync(log, 10))[^1].Channel);
    }

    [Fact]
    public async Task A_topic_deleted_under_the_reader_is_a_gap_without_bounds()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("t", 10);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        await bed.TakeAsync(log, 10);
        await bed.Broker.DeleteTopicAsync("t");
        SourceLogGapException gap = await Assert.ThrowsAsync<SourceLogGapException>(() => bed.TakeAsync(log, 1));
        Assert.Equal((KafkaTestBed.At(10), null), (gap.Wanted, gap.Available));
    }

    [Fact]
    public async Task A_broker_that_lost_the_end_of_its_log_is_a_gap()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        bed.Fill("t", 10);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        await bed.TakeAsync(log, 10);
        await bed.RestartAsync(() => Directory.Delete(bed.Folder!, recursive: true));
        bed.Fill("t", 3);
        SourceLogGapException gap = await Assert.ThrowsAsync<SourceLogGapException>(() => bed.TakeAsync(log, 1));
        Assert.Equal(new LogBounds(KafkaTestBed.At(0), KafkaTestBed.At(3)), gap.Available);
    }

    [Fact]
    public async Task A_broker_restarted_in_the_middle_goes_on_with_nothing_lost_or_doubled()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        bed.Fill("t", 20_000);
        bed.Fill("u", 20_000);
        KafkaSourceLog log = bed.Reader(options => options.QueueBytes = 1 << 20);
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        await log.OpenAsync("u", KafkaTestBed.At(0), bed.Deadline);
        List<LogMessage> read = await bed.TakeAsync(log, 5_000);
        await bed.RestartAsync();
        bed.Fill("t", 100, from: 20_000);
        bed.Broker.Faults.DropConnections();
        read.AddRange(await bed.TakeAsync(log, 35_100));

        Assert.Equal(Enumerable.Range(0, 20_100).Select(i => (long)i), read.Where(m => m.Channel == "t").Select(m => m.Position.Entry));
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => (long)i), read.Where(m => m.Channel == "u").Select(m => m.Position.Entry));
    }

    [Fact]
    public async Task A_broker_gone_for_too_long_is_told_with_its_address_and_healed_when_it_is_back()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        bed.Fill("t", 10);
        KafkaSourceLog log = bed.Reader(options => (options.DownAfter, options.Timeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        await bed.TakeAsync(log, 10);

        // Down until told; then it listens again.
        bed.Broker.Faults.RefuseConnections = true;
        bed.Broker.Faults.DropConnections();
        SourceLogException down = await Assert.ThrowsAsync<SourceLogException>(() => bed.TakeAsync(log, 1));
        Assert.Contains(bed.Broker.BootstrapServers, down.Message, StringComparison.Ordinal);
        SourceLogException noAnswer = await Assert.ThrowsAsync<SourceLogException>(() => log.GetBoundsAsync("t", bed.Deadline));
        Assert.Contains(bed.Broker.BootstrapServers, noAnswer.Message, StringComparison.Ordinal);

        bed.Broker.Faults.RefuseConnections = false;
        bed.Fill("t", 5, from: 10);
        List<LogMessage> read = [];
        while (read.Count < 5)
        {
            try
            {
                read.AddRange(await bed.TakeAsync(log, 5 - read.Count));
            }
            catch (SourceLogException late) when (late is not SourceLogGapException)
            {
                // Told once more before the connection came back.
            }
        }

        Assert.Equal([10L, 11, 12, 13, 14], read.Select(m => m.Position.Entry));
    }

    [Fact]
    public async Task A_silent_topic_gives_nothing_while_the_others_flow()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("mute", 3);
        bed.Fill("loud", 100);
        bed.Broker.Faults.SilentTopics = new HashSet<string> { "mute" };
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("mute", KafkaTestBed.At(0), bed.Deadline);
        await log.OpenAsync("loud", KafkaTestBed.At(0), bed.Deadline);
        Assert.All(await bed.TakeAsync(log, 100), message => Assert.Equal("loud", message.Channel));
        bed.Broker.Faults.SilentTopics = new HashSet<string>();
        Assert.All(await bed.TakeAsync(log, 3), message => Assert.Equal("mute", message.Channel));
    }

    [Fact]
    public async Task A_record_is_read_soon_after_it_is_produced()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Broker.CreateTopic("t");
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        List<double> milliseconds = [];
        long last = 0;
        bed.Broker.Append("t", [1], [], 0);
        await foreach (LogMessage message in log.ReadAsync(bed.Deadline))
        {
            milliseconds.Add(last == 0 ? 0 : Stopwatch.GetElapsedTime(last).TotalMilliseconds);
            if (milliseconds.Count == 100)
            {
                break;
            }

            last = Stopwatch.GetTimestamp();
            bed.Broker.Append("t", [1], [], 0);
        }

        milliseconds.Sort();
        Assert.InRange(milliseconds[50], 0, 20);
    }

    [Fact]
    public async Task Two_enumerations_at_once_are_refused()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("t", 2);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        await foreach (LogMessage message in log.ReadAsync(bed.Deadline))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => bed.TakeAsync(log, 1));
            break;
        }

        Assert.Equal(1, (await bed.TakeAsync(log, 1))[0].Position.Entry);
    }

    [Fact]
    public async Task A_queue_that_is_often_full_does_not_slow_reading_to_one_queue_a_second()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        byte[] value = new byte[64 << 10];
        bed.Broker.AppendMany("t", Enumerable.Range(0, 1024).Select(i => new KafkaRecord(value, null, i)));
        KafkaSourceLog log = bed.Reader(options => options.QueueBytes = 1 << 20);
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);

        // 64 MiB: half a minute without the nudge, and the deadline is 15 s.
        Assert.Equal(1023, (await bed.TakeAsync(log, 1024))[^1].Position.Entry);
    }

    [Fact]
    public async Task Brokers_that_refuse_us_are_told_at_once_and_without_the_password()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        KafkaSourceLog log = bed.Reader(options => options.Settings = new Dictionary<string, string>
        {
            ["security.protocol"] = "sasl_plaintext",
            ["sasl.mechanism"] = "PLAIN",
            ["sasl.username"] = "me",
            ["sasl.password"] = "hush",
        });
        SourceLogException refused = await Assert.ThrowsAsync<SourceLogException>(() => bed.TakeAsync(log, 1));
        Assert.Contains("refuses the connection", refused.Message, StringComparison.Ordinal);
        Assert.Contains(bed.Broker.BootstrapServers, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brokers_without_tls_are_told_with_librdkafkas_reason()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        KafkaSourceLog log = bed.Reader(options =>
        {
            options.Timeout = TimeSpan.FromSeconds(2);
            options.Settings = new Dictionary<string, string> { ["security.protocol"] = "ssl" };
        });
        SourceLogException failed = await Assert.ThrowsAsync<SourceLogException>(() => log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline));
        Assert.Contains("SSL", failed.Message, StringComparison.Ordinal);
    }
}
