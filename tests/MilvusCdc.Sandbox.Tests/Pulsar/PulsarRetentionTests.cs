using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Sandbox.Tests.Pulsar;

/// <summary>What retention takes away is told as a gap; a durable subscription holds what was not acknowledged.</summary>
public class PulsarRetentionTests
{
    private const string Topic = PulsarTestBed.Topic;

    [Fact]
    public async Task Position_in_a_ledger_that_is_gone_then_that_is_a_gap()
    {
        await using PulsarTestBed bed = new();
        LogPosition second = TwoLedgers(bed);
        bed.Broker.Trim(Topic, second);
        PulsarSourceLog log = bed.Reader();

        SourceLogGapException gap = await Assert.ThrowsAsync<SourceLogGapException>(() => log.OpenAsync(Topic, new LogPosition(30, 7, 0), bed.Deadline));

        Assert.Equal((Topic, new LogPosition(30, 7, 0)), (gap.Channel, gap.Wanted));
        Assert.Equal((second, second with { Entry = 4, Batch = 1 }), (gap.Available!.Value.First, gap.Available.Value.End));
    }

    [Fact]
    public async Task Position_that_is_not_yet_there_then_that_is_a_gap()
    {
        await using PulsarTestBed bed = new();
        TwoLedgers(bed);
        PulsarSourceLog log = bed.Reader();

        await Assert.ThrowsAsync<SourceLogGapException>(() => log.OpenAsync(Topic, new LogPosition(99, 0), bed.Deadline));
    }

    [Fact]
    public async Task Position_behind_the_last_entry_of_a_ledger_then_the_next_ledger_is_read()
    {
        await using PulsarTestBed bed = new();
        TwoLedgers(bed);
        PulsarSourceLog log = bed.Reader();

        await log.OpenAsync(Topic, new LogPosition(30, 10), bed.Deadline);

        await bed.TakeNumbersAsync(log, 5, from: 10);
    }

    [Fact]
    public async Task Retention_overtakes_a_reader_that_was_away_then_that_is_a_gap()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(10);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 10);

        bed.Broker.Faults.RefuseConnections = true;
        bed.Broker.Faults.DropConnections();
        bed.Fill(5, from: 10);
        bed.Broker.RollLedger(Topic);
        LogPosition next = bed.Broker.Append(Topic, PulsarTestBed.Text(15), [], 15);
        bed.Broker.Trim(Topic, next with { Batch = -1 });
        bed.Broker.Faults.RefuseConnections = false;

        SourceLogGapException gap = await bed.FaultAsync<SourceLogGapException>(log);
        Assert.Equal((Topic, new LogPosition(30, 9, 1)), (gap.Channel, gap.Wanted));
    }

    [Fact]
    public async Task Old_ledger_goes_behind_a_reader_that_has_everything_then_reading_goes_on()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(10);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 10);

        bed.Broker.RollLedger(Topic);
        bed.Broker.Trim(Topic, new LogPosition(31, 0));
        bed.Fill(5, from: 10);

        await bed.TakeNumbersAsync(log, 5, from: 10);
    }

    [Fact]
    public async Task Durable_subscription_then_it_is_moved_to_the_wanted_place_keeps_what_was_not_acknowledged_and_can_be_removed()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(20);
        PulsarSourceLog log = bed.Reader(options => (options.Durable, options.Subscription) = (true, "milvus-cdc-t1"));
        await log.OpenAsync(Topic, new LogPosition(30, 5, 0), bed.Deadline);
        Assert.Equal([("milvus-cdc-t1", true, 5L)], bed.Broker.Subscriptions(Topic));
        await bed.TakeNumbersAsync(log, 15, from: 5);

        log.Acknowledge(Topic, new LogPosition(30, 12, 0));
        while (bed.Broker.Subscriptions(Topic)[0].Next != 12)
        {
            await Task.Delay(10, bed.Deadline);
        }

        // The broker sends again what was not acknowledged; the reader has it.
        bed.Broker.Faults.DropConnections();
        bed.Fill(5, from: 20);
        await bed.TakeNumbersAsync(log, 5, from: 20);
        Assert.Equal([("milvus-cdc-t1", true, 12L)], bed.Broker.Subscriptions(Topic));
        await log.DisposeAsync();

        PulsarSourceLog restarted = bed.Reader(options => (options.Durable, options.Subscription) = (true, "milvus-cdc-t1"));
        await restarted.OpenAsync(Topic, new LogPosition(30, 12, 0), bed.Deadline);
        await bed.TakeNumbersAsync(restarted, 13, from: 12);
        await restarted.ForgetAsync([Topic, "gone"], bed.Deadline);
        Assert.Empty(bed.Broker.Subscriptions(Topic));
    }

    [Fact]
    public async Task Durable_subscription_of_which_several_ledgers_are_not_acknowledged_then_each_end_of_a_ledger_is_looked_into_once()
    {
        await using PulsarTestBed bed = new();
        TwoLedgers(bed);
        for (int ledger = 0; ledger < 3; ledger++)
        {
            bed.Broker.RollLedger(Topic);
            bed.Fill(5, from: 15 + (5 * ledger));
        }

        PulsarSourceLog log = bed.Reader(options => (options.Durable, options.Subscription) = (true, "milvus-cdc-t1"));
        await log.OpenAsync(Topic, new LogPosition(30, 0, 0), bed.Deadline);

        // The broker begins with the first ledger again after each of them.
        await bed.TakeNumbersAsync(log, 30);
        Assert.Equal(1 + 4, bed.Broker.Commands.Count(command => command is { Type: BaseCommand.Types.Type.Subscribe, Subscribe.Durable: true }));
    }

    [Fact]
    public async Task Reader_that_is_not_durable_then_it_has_a_recognisable_name_and_leaves_nothing()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(1);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        (string name, bool isDurable, _) = Assert.Single(bed.Broker.Subscriptions(Topic));
        Assert.Matches("^milvus-cdc-[0-9a-f]{8}$", name);
        Assert.False(isDurable);
        CommandSubscribe subscribe = bed.Broker.Commands.Single(command => command.Type == BaseCommand.Types.Type.Subscribe).Subscribe;
        Assert.Equal((CommandSubscribe.Types.SubType.Exclusive, false), (subscribe.SubType, subscribe.Durable));

        await log.DisposeAsync();
        while (bed.Broker.Subscriptions(Topic).Count > 0)
        {
            await Task.Delay(10, bed.Deadline);
        }
    }

    private static LogPosition TwoLedgers(PulsarTestBed bed)
    {
        bed.Fill(10);
        bed.Broker.RollLedger(Topic);
        LogPosition second = bed.Broker.Append(Topic, PulsarTestBed.Text(10), [], 10) with { Batch = -1 };
        bed.Fill(4, from: 11);
        return second;
    }
}
