using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Tests.Kafka;

public sealed class KafkaSourceLogOptionsTests
{
    [Fact]
    public void Validate_lists_all_problems_and_no_secret()
    {
        KafkaSourceLogOptions options = new()
        {
            BootstrapServers = "a:9092,b",
            Timeout = TimeSpan.Zero,
            DownAfter = TimeSpan.FromDays(1),
            QueueBytes = 5,
            Settings = new Dictionary<string, string> { ["sasl.password"] = "hush", ["Sasl Password"] = "hush" },
        };
        IReadOnlyList<string> problems = options.Validate();
        Assert.Equal(5, problems.Count);
        Assert.Contains("'b'", problems[0], StringComparison.Ordinal);
        Assert.DoesNotContain("hush", string.Concat(problems), StringComparison.Ordinal);
        Assert.Empty(new KafkaSourceLogOptions { BootstrapServers = "a:9092, [::1]:9093" }.Validate());
    }

    [Fact]
    public void Settings_of_the_user_win_but_for_those_that_correct_reading_rests_on()
    {
        KafkaSourceLogOptions options = new()
        {
            BootstrapServers = "a:9092",
            Settings = new Dictionary<string, string> { ["fetch.wait.max.ms"] = "77", ["auto.offset.reset"] = "earliest", ["enable.auto.commit"] = "true", ["sasl.username"] = "me" },
        };
        Dictionary<string, string> settings = KafkaSettings.ForReading(options, 32 << 20);
        Assert.Equal(("77", "error", "false", "me"), (settings["fetch.wait.max.ms"], settings["auto.offset.reset"], settings["enable.auto.commit"], settings["sasl.username"]));
    }

    [Theory]
    [InlineData("no.such.property", "x")]
    [InlineData("security.protocol", "carrier-pigeon")]
    public void A_setting_that_librdkafka_refuses_is_named_without_secrets(string name, string value)
    {
        KafkaSourceLogOptions options = new()
        {
            BootstrapServers = "127.0.0.1:1",
            Settings = new Dictionary<string, string> { [name] = value, ["sasl.password"] = "hush" },
        };
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new KafkaSourceLog(options));
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_ids_are_offsets_of_eight_bytes_little_endian()
    {
        await using KafkaSourceLog log = new(new KafkaSourceLogOptions { BootstrapServers = "127.0.0.1:1" });
        Assert.Equal("2A00000000000000", Convert.ToHexString(log.ToMessageId(LogPosition.Kafka(42))));
        Assert.Equal(LogPosition.Kafka(42), log.FromMessageId([0x2a, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Throws<FormatException>(() => log.FromMessageId([1, 2, 3]));
        Assert.Throws<FormatException>(() => log.FromMessageId([0, 0, 0, 0, 0, 0, 0, 0x80]));
    }

    [Fact]
    public async Task Open_without_a_broker_says_which_one_within_the_timeout()
    {
        await using KafkaSourceLog log = new(new KafkaSourceLogOptions { BootstrapServers = "127.0.0.1:1", Timeout = TimeSpan.FromSeconds(1) });
        SourceLogException failed = await Assert.ThrowsAsync<SourceLogException>(() => log.OpenAsync("t", LogPosition.Kafka(0), CancellationToken.None));
        Assert.Contains("127.0.0.1:1", failed.Message, StringComparison.Ordinal);
    }
}
