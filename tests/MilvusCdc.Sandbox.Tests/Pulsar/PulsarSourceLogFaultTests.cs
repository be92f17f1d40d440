using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Sandbox.Pulsar;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Sandbox.Tests.Pulsar;

/// <summary>A broker that misbehaves as real ones do: nothing is lost, nothing comes twice, and what does not heal is said.</summary>
public class PulsarSourceLogFaultTests
{
    private const string Topic = PulsarTestBed.Topic;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Broker_restarts_in_the_middle_then_nothing_is_lost_or_doubled(bool isDurable)
    {
        await using PulsarTestBed bed = new();
        bed.Fill(500);
        PulsarSourceLog log = bed.Reader(options => (options.Durable, options.QueueBytes) = (isDurable, 1 << 20));
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 200);

        await bed.RestartAsync();
        bed.Fill(500, from: 500);

        await bed.TakeNumbersAsync(log, 800, from: 200);
    }

    [Fact]
    public async Task Connections_dropped_and_refused_again_and_again_then_nothing_is_lost_or_doubled()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(3000);
        PulsarSourceLog log = bed.Reader(options => options.QueueBytes = 1 << 20);
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        for (int cut = 0; cut < 6; cut++)
        {
            await bed.TakeNumbersAsync(log, 300, from: cut * 300);
            bed.Broker.Faults.RefuseConnections = cut % 2 == 1;
            bed.Broker.Faults.DropConnections();
            bed.Broker.Faults.RefuseConnections = false;
        }

        await bed.TakeNumbersAsync(log, 1200, from: 1800);
    }

    [Theory]
    [InlineData(ServerError.ConsumerBusy)]
    [InlineData(ServerError.PersistenceError)]
    [InlineData(ServerError.ServiceNotReady)]
    public async Task Subscribing_is_refused_for_a_while_then_it_goes_on_behind_the_last_message(ServerError error)
    {
        await using PulsarTestBed bed = new();
        bed.Fill(10);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 10);
        for (int times = 0; times < 3; times++)
        {
            bed.Broker.Faults.SubscribeErrors.Enqueue(error);
        }

        bed.Broker.Faults.DropConnections();
        bed.Fill(10, from: 10);

        await bed.TakeNumbersAsync(log, 10, from: 10);
        Assert.Empty(bed.Broker.Faults.SubscribeErrors);
    }

    [Fact]
    public async Task Somebody_else_holds_the_durable_subscription_then_opening_says_so()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(1);
        PulsarSourceLog first = bed.Reader(options => options.Durable = true), second = bed.Reader(options => options.Durable = true);
        await first.OpenAsync(Topic, first.Beginning, bed.Deadline);

        SourceLogException busy = await Assert.ThrowsAnyAsync<SourceLogException>(() => second.OpenAsync(Topic, second.Beginning, bed.Deadline));

        Assert.Contains("ConsumerBusy", busy.Message, StringComparison.Ordinal);
        Assert.Contains(Topic, busy.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Topic_is_missing_then_its_beginning_is_awaited_and_any_other_place_is_a_gap()
    {
        await using PulsarTestBed bed = new();
        PulsarSourceLog log = bed.Reader();

        Assert.Null(await log.GetBoundsAsync(Topic, bed.Deadline));
        SourceLogGapException gap = await Assert.ThrowsAsync<SourceLogGapException>(() => log.OpenAsync(Topic, new LogPosition(30, 5), bed.Deadline));
        Assert.Null(gap.Available);
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        Assert.Null(await log.GetBoundsAsync(Topic, bed.Deadline));
        bed.Fill(3);

        await bed.TakeNumbersAsync(log, 3);
    }

    [Fact]
    public async Task Namespace_is_missing_then_it_is_named()
    {
        await using PulsarTestBed bed = new();
        PulsarSourceLog log = bed.Reader(options => options.Namespace = "nosuch");

        SourceLogException missing = await Assert.ThrowsAnyAsync<SourceLogException>(() => log.OpenAsync(Topic, log.Beginning, bed.Deadline));

        Assert.Contains("Namespace not found", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Topic_is_deleted_while_it_is_read_then_that_is_a_gap()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 5);

        bed.Broker.DeleteTopic(Topic);
        bed.Broker.Faults.DropConnections();

        SourceLogGapException gap = await bed.FaultAsync<SourceLogGapException>(log);
        Assert.Equal((Topic, null), (gap.Channel, gap.Available));
    }

    [Theory]
    [InlineData("flip", "its checksum is")]
    [InlineData("cut", "its checksum is")]
    [InlineData("short", "it ends too early")]
    [InlineData("zstd", "its ZSTD frame is damaged")]
    public async Task Entry_is_damaged_on_its_way_once_then_it_is_read_again_and_for_good_then_it_is_named(string damage, string named)
    {
        await using PulsarTestBed bed = new();
        bed.Fill(10);
        LogPosition fifth = new(30, 5);
        int seen = 0;
        bed.Broker.Faults.Mangle = (_, at, entry) => at == fifth && ++seen == 1 ? Damaged(entry, damage) : entry;
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 10);
        Assert.Equal(2, seen);

        bed.Broker.Faults.Mangle = (_, at, entry) => at == fifth ? Damaged(entry, damage) : entry;
        PulsarSourceLog again = bed.Reader();
        await again.OpenAsync(Topic, again.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(again, 5);
        SourceLogException fault = await bed.FaultAsync<SourceLogException>(again);

        Assert.Contains($"channel '{Topic}': the entry at {fifth} cannot be read: {named}", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frame_is_longer_than_the_broker_allows_then_that_is_said()
    {
        await using PulsarTestBed bed = new(options => options.MaxMessageSize = 100_000);
        bed.Fill(2);
        bed.Broker.AppendEntry(Topic, PulsarEntryBuilder.Single(PulsarTestBed.Metadata(), new byte[200_000]));
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        List<LogMessage> taken = [];

        SourceLogException fault = await Assert.ThrowsAsync<SourceLogException>(async () =>
        {
            await foreach (LogMessage message in log.ReadAsync(bed.Deadline))
            {
                taken.Add(message);
            }
        });

        Assert.Matches("a frame of 200[0-9]{3} bytes came; allowed are 4 to 110240 .*maxMessageSize", fault.Message);
        Assert.InRange(taken.Count, 0, 2);
    }

    [Fact]
    public async Task Broker_falls_silent_then_the_connection_is_given_up_and_reading_goes_on_when_it_speaks_again()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5);
        PulsarSourceLog log = bed.Reader(options => (options.KeepAlive, options.Timeout) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(1)));
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 5);

        bed.Broker.Faults.Silent = true;
        bed.Fill(5, from: 5);
        int before = bed.Broker.Commands.Count(command => command.Type == BaseCommand.Types.Type.Connect);
        await Until(() => bed.Broker.Commands.Count(command => command.Type == BaseCommand.Types.Type.Connect) > before, bed.Deadline);
        bed.Broker.Faults.Silent = false;

        await bed.TakeNumbersAsync(log, 5, from: 5);
        Assert.Contains(bed.Broker.Commands, command => command.Type == BaseCommand.Types.Type.Ping);
    }

    [Fact]
    public async Task Broker_pings_then_it_is_answered_and_does_not_cut()
    {
        await using PulsarTestBed bed = new(options => options.KeepAlive = TimeSpan.FromSeconds(2));
        bed.Fill(1);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 1);
        await Until(() => bed.Broker.Commands.Count(command => command.Type == BaseCommand.Types.Type.Pong) >= 2, bed.Deadline);

        Assert.Single(bed.Broker.Commands, command => command.Type == BaseCommand.Types.Type.Connect);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Broker_answers_but_delivers_nothing_then_the_reader_connects_anew_until_it_does(bool isWithoutEnds)
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5);
        PulsarSourceLog log = bed.Reader(options => options.QuietAfter = TimeSpan.FromMilliseconds(200));
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 5);

        bed.Broker.Faults.SilentTopics = new HashSet<string> { Topic };
        bed.Broker.Faults.WithoutEnds = isWithoutEnds;
        bed.Fill(5, from: 5);
        await Until(() => bed.Broker.Commands.Count(command => command.Type == BaseCommand.Types.Type.Subscribe) >= 3, bed.Deadline);
        Assert.True(bed.Broker.Commands.Count(command => command.Type == BaseCommand.Types.Type.Connect) >= 2);
        bed.Broker.Faults.SilentTopics = new HashSet<string>();
        bed.Broker.Faults.WithoutEnds = false;

        await bed.TakeNumbersAsync(log, 5, from: 5);
    }

    [Fact]
    public async Task Every_entry_comes_twice_then_each_is_given_once()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(50);
        bed.Batch(10, from: 50);
        bed.Broker.Faults.DuplicateDelivery = true;
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 60);
        bed.Fill(1, from: 60);

        await bed.TakeNumbersAsync(log, 1, from: 60);
    }

    [Fact]
    public async Task Entry_is_left_out_once_then_it_is_read_again_and_for_good_then_that_is_a_gap()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(10);
        int left = 1;
        bed.Broker.Faults.Mangle = (_, at, entry) => at.Entry == 4 && left-- > 0 ? null : entry;
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 10);

        left = int.MaxValue;
        PulsarSourceLog again = bed.Reader();
        await again.OpenAsync(Topic, again.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(again, 4);
        SourceLogGapException gap = await bed.FaultAsync<SourceLogGapException>(again);

        Assert.Equal((Topic, new LogPosition(30, 4)), (gap.Channel, gap.Wanted));
    }

    [Fact]
    public async Task Lookups_are_redirected_to_another_broker_then_it_is_read_from_there()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5);
        PulsarBroker second = bed.SecondBroker();
        bed.Broker.Faults.RedirectTo = second.ServiceUrl;
        PulsarSourceLog log = bed.Reader();

        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);

        await bed.TakeNumbersAsync(log, 5);
        Assert.DoesNotContain(bed.Broker.Commands, command => command.Type == BaseCommand.Types.Type.Subscribe);
        CommandLookupTopic asked = second.Commands.First(command => command.Type == BaseCommand.Types.Type.Lookup).LookupTopic;
        Assert.True(asked.Authoritative);
    }

    [Fact]
    public async Task Topic_moves_to_another_broker_while_it_is_read_then_reading_goes_on_there()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 5);

        PulsarBroker second = bed.SecondBroker();
        bed.Fill(5, from: 5);
        bed.Broker.Faults.RedirectTo = second.ServiceUrl;
        bed.Broker.Faults.DropConnections();

        // What was on its way before the cut may have come; nothing comes twice.
        await bed.TakeNumbersAsync(log, 5, from: 5);
        bed.Fill(5, from: 10);
        await bed.TakeNumbersAsync(log, 5, from: 10);
        Assert.Contains(second.Commands, command => command.Type == BaseCommand.Types.Type.Subscribe);
    }

    [Fact]
    public async Task Seek_while_messages_flow_then_what_the_old_place_sends_is_left_out()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5000);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 100);

        await log.SeekAsync(Topic, new LogPosition(30, 4000), bed.Deadline);

        List<int> taken = [];
        await foreach (LogMessage message in log.ReadAsync(bed.Deadline))
        {
            taken.Add(PulsarTestBed.Number(message));
            if (taken[^1] == 4999)
            {
                break;
            }
        }

        // What was queued before the seek comes, then the new place without a hole.
        int turn = taken.LastIndexOf(4000);
        Assert.Equal(Enumerable.Range(4000, 1000), taken.Skip(turn));
        Assert.Equal(Enumerable.Range(100, turn), taken.Take(turn));
    }

    [Fact]
    public async Task Broker_is_away_for_longer_than_allowed_then_that_is_said_and_reading_goes_on_later()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5);
        PulsarSourceLog log = bed.Reader(options => options.DownAfter = TimeSpan.FromSeconds(1));
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 5);

        SourceLogException? fault = null;
        await bed.RestartAsync(async () => fault = await bed.FaultAsync<SourceLogException>(log));
        bed.Fill(5, from: 5);

        Assert.Contains($"channel '{Topic}' on Pulsar at {bed.Broker.ServiceUrl} has been out of reach", fault!.Message, StringComparison.Ordinal);
        List<LogMessage> taken = [];
        while (taken.Count < 5)
        {
            try
            {
                taken.AddRange(await bed.TakeAsync(log, 1));
            }
            catch (SourceLogException)
            {
                // Told once more just before it came back.
            }
        }

        Assert.Equal(Enumerable.Range(5, 5), taken.Select(PulsarTestBed.Number));
    }

    private static byte[] Damaged(byte[] entry, string damage)
    {
        byte[] copy = [.. entry];
        switch (damage)
        {
            case "flip":
                copy[^3] ^= 0x40;
                return copy;
            case "cut":
                return copy[..^3];
            case "short":
                return copy[..5];
            default:
                PulsarEntry parsed = PulsarEntry.Parse(entry);
                byte[] payload = parsed.Payload.ToArray();
                payload[0] ^= 0xff;
                return PulsarEntryBuilder.Seal(parsed.Metadata, payload);
        }
    }

    private static async Task Until(Func<bool> condition, CancellationToken deadline)
    {
        while (!condition())
        {
            await Task.Delay(20, deadline);
        }
    }
}
