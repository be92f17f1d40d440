using Microsoft.Extensions.Configuration;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Protocol.Pulsar;

namespace MilvusCdc.Core.Tests.Tasks;

public class PulsarOptionsReaderTests
{
    [Fact]
    public void Nothing_stated_then_the_log_is_on_Kafka() => Assert.Null(Read([]).Source.Pulsar);

    [Fact]
    public void Service_url_stated_then_the_log_is_on_Pulsar_with_Milvuss_own_defaults()
    {
        PulsarOptions pulsar = Read(new() { ["Cdc:Source:Pulsar:ServiceUrl"] = "pulsar://p:6650", ["Cdc:Source:Pulsar:Token"] = "t" }).Source.Pulsar!;

        Assert.Equal(("public", "default", false, (Uri?)null), (pulsar.Tenant, pulsar.Namespace, pulsar.Durable, pulsar.AdminUrl));
        PulsarSourceLogOptions reader = pulsar.ToReader("a task/1");
        Assert.Equal(("pulsar://p:6650", "t", "milvus-cdc-a%20task%2F1", false), (reader.ServiceUrl, reader.Token, reader.Subscription, reader.Durable));
        Assert.Empty(reader.Validate());
    }

    [Fact]
    public void Durable_subscriptions_then_only_a_tasks_reader_has_one()
    {
        PulsarOptions pulsar = Read(new() { ["Cdc:Source:Pulsar:ServiceUrl"] = "pulsar://p:6650", ["Cdc:Source:Pulsar:Durable"] = "true" }).Source.Pulsar!;

        Assert.True(pulsar.ToReader("t1").Durable);
        Assert.False(pulsar.ToReader(null).Durable);
    }

    [Fact]
    public void Mistakes_then_all_are_told_with_their_section_and_no_secret()
    {
        CdcConfigurationException wrong = Assert.Throws<CdcConfigurationException>(() => Read(new()
        {
            ["Cdc:Source:Kafka:BootstrapServers"] = "k:9092",
            ["Cdc:Source:Pulsar:ServiceUrl"] = "p:6650",
            ["Cdc:Source:Pulsar:Durable"] = "maybe",
            ["Cdc:Source:Pulsar:Password"] = "geheim",
            ["Cdc:Source:Pulsar:AdminUrl"] = "p:8080",
        }));

        Assert.Contains(wrong.Mistakes, static mistake => mistake.Contains("are both set; allowed is one", StringComparison.Ordinal));
        Assert.Contains("Cdc:Source:Pulsar:Durable is 'maybe'; allowed is true or false", wrong.Mistakes);
        Assert.Contains(wrong.Mistakes, static mistake => mistake.StartsWith("Cdc:Source:Pulsar: Pulsar's service URL 'p:6650' is not of the form pulsar://host:port", StringComparison.Ordinal));
        Assert.Contains("Cdc:Source:Pulsar: Only one of Pulsar's user and password is set; allowed are both or neither.", wrong.Mistakes);
        Assert.DoesNotContain("geheim", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_without_a_service_url_then_it_is_asked_for()
    {
        CdcConfigurationException wrong = Assert.Throws<CdcConfigurationException>(() => Read(new() { ["Cdc:Source:Pulsar:Tenant"] = "t" }));

        Assert.Contains("Cdc:Source:Pulsar:ServiceUrl is missing", Assert.Single(wrong.Mistakes), StringComparison.Ordinal);
    }

    private static CdcOptions Read(Dictionary<string, string?> values) => CdcOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
}
