using MilvusCdc.Core.Configuration.GoConfig;

namespace MilvusCdc.Core.Tests.Configuration;

public sealed class GoConfigReaderTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Shipped_file_is_read_as_it_is()
    {
        GoConfigResult read = Read("""
            # comments stay
            address: 0.0.0.0:8444
            maxTaskNum: 100
            metaStoreConfig:
              storeType: etcd
              etcd:
                address:
                  - http://127.0.0.1:2379
                enableAuth: false
                username: root
                password: root123456
                enableTLS: false
                tlsMinVersion: 1.3
              mysqlSourceUrl: root:root@tcp(127.0.0.1:3306)/milvuscdc?charset=utf8
              rootPath: cdc
            sourceConfig:
              etcd:
                address:
                  - 127.0.0.1:2379
                rootPath: by-dev
                metaSubPath: meta
              readChanLen: 10
              defaultPartitionName: _default
              replicateChan: by-dev-replicate-msg
              kafka:
                address: 127.0.0.1:9092
            maxNameLength: 256
            logLevel: INFO
            detectDeadLock: false
            """);

        Assert.Empty(read.Mistakes);
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["Cdc:Api:MaxNameLength"] = "256",
                ["Cdc:Api:MaxTasks"] = "100",
                ["Cdc:MetaStore:Etcd:Endpoints:0"] = "http://127.0.0.1:2379",
                ["Cdc:MetaStore:RootPath"] = "cdc",
                ["Cdc:Source:DefaultPartition"] = "_default",
                ["Cdc:Source:Etcd:Endpoints:0"] = "http://127.0.0.1:2379",
                ["Cdc:Source:Etcd:MetaSubPath"] = "meta",
                ["Cdc:Source:Etcd:RootPath"] = "by-dev",
                ["Cdc:Source:Kafka:BootstrapServers"] = "127.0.0.1:9092",
                ["Cdc:Source:ReplicateChannel"] = "by-dev-replicate-msg",
                ["Cdc:TakeOver:RootPath"] = "cdc",
                ["Logging:LogLevel:Default"] = "Information",
                ["urls"] = "http://0.0.0.0:8444",
            },
            new SortedDictionary<string, string>(read.Values.ToDictionary(static pair => pair.Key, static pair => pair.Value.Value), StringComparer.Ordinal));
        Assert.Equal(2, read.Warnings.Count);
    }

    [Fact]
    public void Keys_fit_in_any_case_and_unknown_ones_are_named_with_their_line()
    {
        GoConfigResult read = Read(Whole("MAXTASKNUM: 5\nmaxTasks: 6\n", source: "    Colour: {a: 1}\n"));

        Assert.Equal("5", read.Values["Cdc:Api:MaxTasks"].Value);
        Assert.Equal($"maxTaskNum in {_file}", read.Values["Cdc:Api:MaxTasks"].Origin);
        Assert.Contains($"maxTasks ({_file}, line 2) is not known and has no effect", read.Warnings);
        Assert.Contains(read.Warnings, static warning => warning.StartsWith("sourceConfig.Colour (", StringComparison.Ordinal));
        Assert.DoesNotContain(read.Warnings, static warning => warning.StartsWith("sourceConfig.Colour.a", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_value_of_a_wrong_type_is_named()
    {
        GoConfigResult read = Read("""
            maxTaskNum: "5"
            maxNameLength: 1.5
            logLevel: [a]
            dryRun: "true"
            metaStoreConfig:
              storeType: mysql
              etcd: {address: localhost, enableTLS: true, tlsMinVersion: 1.0}
            """);

        Assert.Contains(read.Mistakes, static mistake => mistake.StartsWith("maxTaskNum (", StringComparison.Ordinal) && mistake.EndsWith("is '5'; allowed is a whole number without quotes", StringComparison.Ordinal));
        Assert.Contains(read.Mistakes, static mistake => mistake.StartsWith("maxNameLength (", StringComparison.Ordinal));
        Assert.Contains(read.Mistakes, static mistake => mistake.StartsWith("logLevel (", StringComparison.Ordinal));
        Assert.Contains(read.Mistakes, static mistake => mistake.StartsWith("dryRun (", StringComparison.Ordinal));
        Assert.Contains(read.Mistakes, static mistake => mistake.StartsWith("metaStoreConfig.etcd.address (", StringComparison.Ordinal) && mistake.EndsWith("allowed is a list", StringComparison.Ordinal));
        Assert.Contains(read.Mistakes, static mistake => mistake.Contains("'mysql', which MilvusCdc does not have", StringComparison.Ordinal));
        Assert.Contains(read.Mistakes, static mistake => mistake.StartsWith("sourceConfig.replicateChan", StringComparison.Ordinal));
        Assert.Equal(3, read.Mistakes.Count(static mistake => mistake.Contains("is needed because metaStoreConfig.etcd.enableTLS is true", StringComparison.Ordinal)));
    }

    [Fact]
    public void Logins_tls_and_kafka_settings_are_taken()
    {
        GoConfigResult read = Read(Whole("", source: """
                kafka:
                  address: k:9093
                  consumer: {client.id: x, fetch.wait.max.ms: 50}
                  producer: {client.id: y}
                  saslUsername: u
                  saslPassword: p
                  saslMechanisms: SCRAM-SHA-256
                  securityProtocol: SASL_SSL
                etcd:
                  address: [a:1, b:2]
                  enableAuth: true
                  username: root
                  password: secret
                  enableTLS: true
                  tlsCertPath: /c.pem
                  tlsKeyPath: /k.pem
                  tlsCACertPath: /ca.pem
                  tlsMinVersion: "1.2"

            """));

        Assert.Empty(read.Mistakes);
        Assert.Equal(("https://a:1", "https://b:2"), (Of("Etcd:Endpoints:0"), Of("Etcd:Endpoints:1")));
        Assert.Equal(("root", "secret", "/c.pem", "/k.pem", "/ca.pem"), (Of("Etcd:User"), Of("Etcd:Password"), Of("Etcd:CertFile"), Of("Etcd:KeyFile"), Of("Etcd:CaFile")));
        Assert.Equal(("SASL_SSL", "SCRAM-SHA-256", "p", "50"), (Of("Kafka:Settings:security.protocol"), Of("Kafka:Settings:sasl.mechanisms"), Of("Kafka:Settings:sasl.password"), Of("Kafka:Settings:fetch.wait.max.ms")));

        string Of(string key) => read.Values[$"Cdc:Source:{key}"].Value;
    }

    [Fact]
    public void Deprecated_addresses_stand_for_their_whole_group()
    {
        GoConfigResult read = Read("""
            metaStoreConfig:
              storeType: etcd
              etcdEndpoints: [old:1]
              etcd: {address: [new:2], enableAuth: true, username: u, password: p}
            sourceConfig:
              replicateChan: x-replicate-msg
              etcdAddress: [old:3]
              etcdRootPath: x
              etcd: {address: [new:4], rootPath: y}
            """);

        Assert.Equal("http://old:1", read.Values["Cdc:MetaStore:Etcd:Endpoints:0"].Value);
        Assert.False(read.Values.ContainsKey("Cdc:MetaStore:Etcd:User"));
        Assert.Equal(("http://old:3", "x"), (read.Values["Cdc:Source:Etcd:Endpoints:0"].Value, read.Values["Cdc:Source:Etcd:RootPath"].Value));
    }

    [Theory]
    [InlineData("a: [")]
    [InlineData("a: 1\na: 2")]
    [InlineData("- 1\n- 2")]
    [InlineData("\t: x")]
    public void What_is_no_yaml_is_one_mistake(string text) => Assert.Single(Read(text).Mistakes);

    [Fact]
    public void Empty_file_says_what_it_lacks() => Assert.Contains(Read("").Mistakes, static mistake => mistake.StartsWith("metaStoreConfig.storeType", StringComparison.Ordinal));

    [Fact]
    public void Dry_runs_are_refused_in_words() =>
        Assert.Contains(Read(Whole("dryRun: true\n", source: "    kafka: {address: localhost:9092}\n")).Mistakes, static mistake => mistake.StartsWith("dryRun", StringComparison.Ordinal));

    [Fact]
    public void Pulsar_is_read_and_wins_over_kafka()
    {
        GoConfigResult read = Read(Whole("", source: """
                pulsar: {address: "localhost:6650", webPort: 8080, tenant: t, namespace: n, maxMessageSize: "5242880", authPlugin: org.apache.pulsar.client.impl.auth.AuthenticationToken, authParams: "token:abc"}
                kafka: {address: "localhost:9092"}

            """));

        Assert.Empty(read.Mistakes);
        Assert.Equal(
            ["pulsar://localhost:6650", "t", "n", "http://localhost:8080", "abc", null],
            ((string[])["Pulsar:ServiceUrl", "Pulsar:Tenant", "Pulsar:Namespace", "Pulsar:AdminUrl", "Pulsar:Token", "Kafka:BootstrapServers"])
                .Select(key => read.Values.GetValueOrDefault($"Cdc:Source:{key}")?.Value));
    }

    [Fact]
    public void Pulsar_login_without_what_it_needs_is_a_mistake() => Assert.Contains(
        Read(Whole("", source: "    pulsar: {address: \"pulsar://localhost:6650\", authPlugin: tls, authParams: \"tlsCertFile:/a\"}\n")).Mistakes,
        static mistake => mistake.StartsWith("sourceConfig.pulsar.authPlugin", StringComparison.Ordinal));

    private static string Whole(string top, string source) => $"{top}metaStoreConfig:\n    storeType: etcd\nsourceConfig:\n    replicateChan: by-dev-replicate-msg\n{source}";

    private GoConfigResult Read(string text)
    {
        File.WriteAllText(_file, text);
        return GoConfigReader.Read(_file);
    }
}
