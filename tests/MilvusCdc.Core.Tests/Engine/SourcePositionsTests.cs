using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;

namespace MilvusCdc.Core.Tests.Engine;

public sealed class SourcePositionsTests : IAsyncDisposable
{
    private readonly PulsarSourceLog _pulsar = new(new PulsarSourceLogOptions { ServiceUrl = "pulsar://127.0.0.1:1" });
    private readonly KafkaSourceLog _kafka = new(new KafkaSourceLogOptions { BootstrapServers = "127.0.0.1:1" });

    [Fact]
    public void Positions_of_the_logs_own_kind_then_they_are_read()
    {
        Assert.Equal(new LogPosition(30, 150, 0), SourcePositions.Read(_pulsar, Convert.FromHexString("081e10960118002000"), "'c'"));
        Assert.Equal(LogPosition.Kafka(42), SourcePositions.Read(_kafka, Convert.FromHexString("2a00000000000000"), "'c'"));
    }

    [Theory]
    [InlineData("pulsar", "2a00000000000000")]
    [InlineData("kafka", "081e10960118002000")]
    [InlineData("kafka", "081e100318002000")]
    public void Positions_of_the_other_kind_then_they_are_refused_in_words(string kind, string hex)
    {
        ISourceLog log = kind == "pulsar" ? _pulsar : _kafka;

        ReplicationStoppedException refused = Assert.Throws<ReplicationStoppedException>(() => SourcePositions.Read(log, Convert.FromHexString(hex), "'by-dev-rootcoord-dml_0_1v0'"));

        Assert.Equal(TaskPhase.Failed, refused.Phase);
        Assert.StartsWith($"the position of 'by-dev-rootcoord-dml_0_1v0' is not one of '{kind}', from which the source is read", refused.Message, StringComparison.Ordinal);
        Assert.Contains("check Source:Kafka and Source:Pulsar of the configuration", refused.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _pulsar.DisposeAsync();
        await _kafka.DisposeAsync();
    }
}
