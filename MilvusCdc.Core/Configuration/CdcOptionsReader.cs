using System.Globalization;
using Microsoft.Extensions.Configuration;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Core.Configuration;

/// <summary>Turns configuration into <see cref="CdcOptions"/>. All mistakes are reported together, each with its key, its value and what is allowed.</summary>
public static class CdcOptionsReader
{
    /// <summary>Reads the section <c>Cdc</c>. Throws <see cref="CdcConfigurationException"/>.</summary>
    public static CdcOptions Read(IConfiguration configuration)
    {
        ConfigurationKeys keys = new(configuration.GetSection(CdcOptions.Section));
        EtcdSettings sourceEtcd = ReadEtcd(keys, "Source:Etcd", fallback: null);
        CdcOptions options = new()
        {
            Source = ReadSource(keys, sourceEtcd),
            MetaStore = new MetaStoreOptions
            {
                Etcd = ReadEtcd(keys, "MetaStore:Etcd", sourceEtcd),
                RootPath = keys.Path("MetaStore:RootPath", "cdc"),
            },
            Worker = new WorkerOptions
            {
                Name = keys.Text("Worker:Name", string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}")),
                LeaseTtl = keys.Duration("Worker:LeaseTtl", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(10)),
            },
            Api = new ApiOptions
            {
                MaxTasks = keys.Number("Api:MaxTasks", 100, 1, 10_000),
                MaxNameLength = keys.Number("Api:MaxNameLength", 256, 1, 65_535),
                MaxRequestSize = keys.Number("Api:MaxRequestSize", 16 << 20, 1 << 10, 256 << 20),
            },
            Resilience = ReadResilience(keys),
            DeadLetters = new DeadLetterOptions
            {
                MaximumBytes = keys.Number("DeadLetters:MaximumBytes", DeadLetterOptions.StandardBytes, 1 << 20, 1 << 30),
                MaximumLetters = keys.Number("DeadLetters:MaximumLetters", DeadLetterOptions.StandardLetters, 1, 100_000),
            },
        };
        return keys.Mistakes.Count == 0 ? options : throw new CdcConfigurationException(keys.Mistakes);
    }

    private static ResilienceOptions ReadResilience(ConfigurationKeys keys)
    {
        ResilienceOptions standard = new();
        return new ResilienceOptions
        {
            FirstDelay = Time(nameof(ResilienceOptions.FirstDelay), standard.FirstDelay, 50, 60_000),
            LongestDelay = Time(nameof(ResilienceOptions.LongestDelay), standard.LongestDelay, 100, 600_000),
            CallRetries = keys.Number("Resilience:CallRetries", standard.CallRetries, 0, 20),
            CallFirstDelay = Time(nameof(ResilienceOptions.CallFirstDelay), standard.CallFirstDelay, 10, 10_000),
            CallLongestDelay = Time(nameof(ResilienceOptions.CallLongestDelay), standard.CallLongestDelay, 10, 60_000),
            CallLimit = Time(nameof(ResilienceOptions.CallLimit), standard.CallLimit, 1_000, 3_600_000),
            BreakerFailures = keys.Number("Resilience:BreakerFailures", standard.BreakerFailures, 2, 1_000),
            BreakerWindow = Time(nameof(ResilienceOptions.BreakerWindow), standard.BreakerWindow, 1_000, 600_000),
            BreakerPause = Time(nameof(ResilienceOptions.BreakerPause), standard.BreakerPause, 500, 60_000),
        };

        TimeSpan Time(string name, TimeSpan value, int leastMs, int mostMs) =>
            keys.Duration($"Resilience:{name}", value, TimeSpan.FromMilliseconds(leastMs), TimeSpan.FromMilliseconds(mostMs));
    }

    private static SourceOptions ReadSource(ConfigurationKeys keys, EtcdSettings etcd) => new()
    {
        Etcd = etcd,
        RootPath = keys.Path("Source:Etcd:RootPath", "by-dev"),
        MetaSubPath = keys.Path("Source:Etcd:MetaSubPath", "meta"),
        Kafka = new KafkaOptions
        {
            BootstrapServers = keys.Brokers("Source:Kafka:BootstrapServers", "127.0.0.1:9092"),
            Settings = keys.Map("Source:Kafka:Settings"),
        },
        Pulsar = PulsarOptionsReader.Read(keys),
        ReplicateChannel = keys.Text("Source:ReplicateChannel", "by-dev-replicate-msg"),
        DefaultDatabase = keys.Text("Source:DefaultDatabase", "default"),
    };

    // A meta store without endpoints of its own is the source's etcd, with the source's login.
    private static EtcdSettings ReadEtcd(ConfigurationKeys keys, string at, EtcdSettings? fallback)
    {
        if (fallback is not null && !keys.Has($"{at}:Endpoints"))
        {
            return fallback;
        }

        EtcdSettings etcd = new()
        {
            Endpoints = keys.Addresses($"{at}:Endpoints", new Uri("http://127.0.0.1:2379")),
            User = keys.Optional($"{at}:User"),
            Password = keys.Optional($"{at}:Password"),
            CertFile = keys.File($"{at}:CertFile"),
            KeyFile = keys.File($"{at}:KeyFile"),
            CaFile = keys.File($"{at}:CaFile"),
        };
        keys.Together($"{at}:User", etcd.User, $"{at}:Password", etcd.Password);
        keys.Together($"{at}:CertFile", etcd.CertFile, $"{at}:KeyFile", etcd.KeyFile);
        return etcd;
    }
}
