using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Tests.Shared;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;

namespace MilvusCdc.Protocol.Tests.Pulsar;

/// <summary>The reader against what a real broker said: it sends the commands that the recorded client sent, or the difference is explained here.</summary>
public sealed class RecordedSessionTests : IDisposable
{
    private const string Channel = "p1-replicate-msg";
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));

    [Fact]
    public async Task Reader_from_the_beginning_then_the_same_commands_but_for_acknowledgements()
    {
        await using ScriptedBroker broker = new(RecordedSession.Load("reader-earliest"));
        await using PulsarSourceLog log = Reader(broker);

        await log.OpenAsync(Channel, log.Beginning, _limit.Token);
        await log.GetBoundsAsync(Channel, _limit.Token);
        List<LogMessage> taken = await TakeAsync(log, 19);
        LogBounds bounds = (await log.GetBoundsAsync(Channel, _limit.Token))!.Value;
        await log.CloseAsync(Channel, _limit.Token);

        Assert.Equal(Enumerable.Range(0, 19).Select(entry => new LogPosition(34, entry, 0)), taken.Select(message => message.Position));
        Assert.Equal((new LogPosition(34, 0), new LogPosition(34, 18, 1)), (bounds.First, bounds.End));

        // A subscription that is not durable has nothing to acknowledge.
        Assert.Equal(broker.Recorded(0, CommandType.Ack), broker.Sent(0));
        CommandSubscribe subscribe = broker.Came.First(came => came.Command.Type == CommandType.Subscribe).Command.Subscribe;
        Assert.Equal((false, ulong.MaxValue, ulong.MaxValue), (subscribe.Durable, subscribe.StartMessageId.LedgerId, subscribe.StartMessageId.EntryId));
        Assert.Equal($"persistent://public/default/{Channel}", subscribe.Topic);
    }

    [Fact]
    public async Task Reader_from_the_middle_then_it_asks_where_it_is_before_it_lets_messages_flow()
    {
        await using ScriptedBroker broker = new(RecordedSession.Load("reader-seek"));
        await using PulsarSourceLog log = Reader(broker);

        await log.OpenAsync(Channel, new LogPosition(34, 9, 0), _limit.Token);
        List<LogMessage> taken = await TakeAsync(log, 10);
        await log.GetBoundsAsync(Channel, _limit.Token);
        await log.CloseAsync(Channel, _limit.Token);

        Assert.Equal(Enumerable.Range(9, 10).Select(entry => new LogPosition(34, entry, 0)), taken.Select(message => message.Position));

        // The recorded client sends FLOW first; a gap must be known before the first message is given.
        Assert.Equal("Connect PartitionedMetadata Lookup Subscribe Flow GetLastMessageId GetLastMessageId CloseConsumer", broker.Recorded(0, CommandType.Ack));
        Assert.Equal("Connect PartitionedMetadata Lookup Subscribe GetLastMessageId Flow GetLastMessageId CloseConsumer", broker.Sent(0));
    }

    [Theory]
    [InlineData("broker-restart", 9)]
    [InlineData("broker-crash", 8)]
    public async Task Broker_goes_and_comes_back_then_it_is_tried_looked_up_and_subscribed_to_again(string session, int last)
    {
        await using ScriptedBroker broker = new(RecordedSession.Load(session));
        PulsarSourceLogOptions options = new() { ServiceUrl = broker.ServiceUrl, Timeout = TimeSpan.FromMinutes(5), KeepAlive = TimeSpan.FromMinutes(5), DownAfter = TimeSpan.FromHours(1) };
        await using PulsarSourceLog log = new(options, null, new HastyTime());

        await log.OpenAsync(Channel, log.Beginning, _limit.Token);
        List<LogMessage> taken = await TakeAsync(log, 19);
        while (!broker.Sent(last).EndsWith("Flow", StringComparison.Ordinal))
        {
            await Task.Delay(20, _limit.Token);
        }

        Assert.Equal(Enumerable.Range(0, 19).Select(entry => new LogPosition(34, entry, 0)), taken.Select(message => message.Position));

        // While nobody is there: one CONNECT each.
        Assert.All(Enumerable.Range(1, last - 1), connection => Assert.Equal(("Connect", "Connect"), (broker.Recorded(connection), broker.Sent(connection))));

        // Then the same, with the question for the place before each FLOW. The recorded client begins at the first message that its user had not taken, the reader at the last one that came:
        // that it comes again proves that nothing was lost.
        Assert.Equal(
            broker.Recorded(last, CommandType.Ack, CommandType.GetLastMessageId, CommandType.CloseConsumer),
            string.Join(' ', broker.Sent(last).Split(' ').Where(type => type != "GetLastMessageId")));
        MessageIdData start = broker.Came.Last(came => came.Command.Type == CommandType.Subscribe).Command.Subscribe.StartMessageId;
        Assert.Equal((34UL, 18UL), (start.LedgerId, start.EntryId));
    }

    [Fact]
    public async Task Missing_namespace_and_missing_topic_then_one_is_named_and_the_other_is_awaited()
    {
        RecordedSession errors = RecordedSession.Load("errors");
        await using ScriptedBroker broker = new(errors);
        await using PulsarSourceLog log = Reader(broker);

        // The recorded answers come in their order: first the missing namespace, then the missing topic.
        SourceLogException missing = await Assert.ThrowsAnyAsync<SourceLogException>(() => log.OpenAsync("x", log.Beginning, _limit.Token));
        LogBounds? none = await log.GetBoundsAsync("absent", _limit.Token);

        Assert.Contains("Namespace not found", missing.Message, StringComparison.Ordinal);
        Assert.Null(none);
        Assert.Equal("Connect PartitionedMetadata PartitionedMetadata", broker.Sent(0));
    }

    public void Dispose() => _limit.Dispose();

    private static PulsarSourceLog Reader(ScriptedBroker broker) => new(new PulsarSourceLogOptions { ServiceUrl = broker.ServiceUrl });

    /// <summary>Waits a twentieth of what it is told to: the recorded client waited for half a minute.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 20 : dueTime, period > TimeSpan.Zero ? period / 20 : period);
    }

    private async Task<List<LogMessage>> TakeAsync(PulsarSourceLog log, int count)
    {
        List<LogMessage> taken = [];
        await foreach (LogMessage message in log.ReadAsync(_limit.Token))
        {
            taken.Add(message);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }
}
