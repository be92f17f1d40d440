using Microsoft.Extensions.Configuration;
using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Core.Tests.Tasks;

public class CdcOptionsReaderTests
{
    [Fact]
    public void Nothing_stated_gives_the_defaults()
    {
        CdcOptions options = Read([]);

        Assert.Equal("http://127.0.0.1:2379/", options.Source.Etcd.Endpoints.Single().ToString());
        Assert.Equal(("by-dev", "meta", "by-dev-replicate-msg", "default"), (options.Source.RootPath, options.Source.MetaSubPath, options.Source.ReplicateChannel, options.Source.DefaultDatabase));
        Assert.Equal(("cdc", TimeSpan.FromSeconds(10)), (options.MetaStore.RootPath, options.Worker.LeaseTtl));
        Assert.Same(options.Source.Etcd, options.MetaStore.Etcd);
    }

    [Fact]
    public void Values_are_taken()
    {
        CdcOptions options = Read(new()
        {
            ["Cdc:Source:Etcd:Endpoints:0"] = "http://a:1",
            ["Cdc:Source:Etcd:Endpoints:1"] = "http://b:2",
            ["Cdc:Source:Etcd:RootPath"] = "s1",
            ["Cdc:Source:Kafka:BootstrapServers"] = "k1:9092,k2:9092",
            ["Cdc:Source:Kafka:Settings:security.protocol"] = "SASL_SSL",
            ["Cdc:Source:Kafka:Settings:sasl:username"] = "u",
            ["Cdc:MetaStore:Etcd:Endpoints"] = "http://c:3, http://d:4",
            ["Cdc:Worker:LeaseTtl"] = "30s",
        });

        Assert.Equal(["a", "b"], options.Source.Etcd.Endpoints.Select(static endpoint => endpoint.Host));
        Assert.Equal(["c", "d"], options.MetaStore.Etcd.Endpoints.Select(static endpoint => endpoint.Host));
        Assert.Equal(("SASL_SSL", "u"), (options.Source.Kafka.Settings["security.protocol"], options.Source.Kafka.Settings["sasl.username"]));
        Assert.Equal(("s1", "k1:9092,k2:9092", TimeSpan.FromSeconds(30)), (options.Source.RootPath, options.Source.Kafka.BootstrapServers, options.Worker.LeaseTtl));
    }

    [Fact]
    public void All_mistakes_are_reported_with_key_value_and_what_is_allowed()
    {
        CdcConfigurationException wrong = Assert.Throws<CdcConfigurationException>(() => Read(new()
        {
            ["Cdc:Source:Etcd:Endpoints"] = "somewhere",
            ["Cdc:Source:Etcd:Password"] = "geheim",
            ["Cdc:Source:Etcd:CaFile"] = "/nowhere/ca.pem",
            ["Cdc:Source:Etcd:RootPath"] = "/by-dev",
            ["Cdc:Source:Kafka:BootstrapServers"] = "k1",
            ["Cdc:Worker:LeaseTtl"] = "10",
            ["Cdc:Api:MaxTasks"] = "0",
        }));

        Assert.Equal(7, wrong.Mistakes.Count);
        Assert.Contains(wrong.Mistakes, static mistake => mistake.StartsWith("Cdc:Worker:LeaseTtl is '10'; allowed is a time from 2 s to 10 min", StringComparison.Ordinal));
        Assert.Contains("Cdc:Source:Etcd:User is missing", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", wrong.Message, StringComparison.Ordinal);
    }

    private static CdcOptions Read(Dictionary<string, string?> values) => CdcOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
}
