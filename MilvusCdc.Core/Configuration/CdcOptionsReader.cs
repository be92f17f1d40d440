using System.Globalization;
using Microsoft.Extensions.Configuration;
using MilvusCdc.Core.Configuration.GoConfig;
using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Source;

namespace MilvusCdc.Core.Configuration;

/// <summary>Turns configuration into <see cref="CdcOptions"/>. All mistakes are reported together, each with its key, its value and what is allowed.</summary>
public static class CdcOptionsReader
{
    /// <summary>Reads the section <c>Cdc</c>. Throws <see cref="CdcConfigurationException"/>.</summary>
    public static CdcOptions Read(IConfiguration configuration)
    {
        (CdcOptions options, ConfigurationReport report) = ReadAll(configuration);
        return report.Mistakes.Count == 0 ? options : throw new CdcConfigurationException(report.Mistakes);
    }

    /// <summary>Every setting as it would be used, and everything that is wrong with it. Never throws for a mistake.</summary>
    /// <param name="configuration">Where the section <c>Cdc</c> is.</param>
    /// <param name="checks">What else may be wrong: a sentence each, or null.</param>
    public static ConfigurationReport Describe(IConfiguration configuration, params Func<CdcOptions, string?>[] checks)
    {
        (CdcOptions options, ConfigurationReport report) = ReadAll(configuration);
        return report with { Mistakes = [.. report.Mistakes, .. checks.Select(check => check(options)).OfType<string>()] };
    }

    private static (CdcOptions Options, ConfigurationReport Report) ReadAll(IConfiguration configuration)
    {
        ConfigurationKeys keys = new(configuration, CdcOptions.Section);
        EtcdSettings sourceEtcd = ReadEtcd(keys, "Source:Etcd", "the source's metadata", fallback: null);
        SourceOptions source = ReadSource(keys, sourceEtcd);
        MetaStoreOptions metaStore = new()
        {
            Etcd = ReadEtcd(keys, "MetaStore:Etcd", "tasks and checkpoints", sourceEtcd),
            RootPath = keys.Path("MetaStore:RootPath", "cdc", "Every key of the meta store begins with it and a slash. Two installations must have two."),
        };
        CdcOptions options = new()
        {
            Source = source,
            MetaStore = metaStore,
            Worker = new WorkerOptions
            {
                Name = keys.Text(
                    "Worker:Name", string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}"), "How people recognise this worker.", "the machine's name and the process id"),
                LeaseTtl = keys.Duration(
                    "Worker:LeaseTtl", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(10), "Time after which the tasks of a worker that went silent are free for another. Whole seconds."),
            },
            Api = new ApiOptions
            {
                MaxTasks = keys.Number("Api:MaxTasks", 100, 1, 10_000, "Tasks that may exist at a time."),
                MaxNameLength = keys.Number("Api:MaxNameLength", 256, 1, 65_535, "Longest name of a database or collection, in bytes of UTF-8."),
                MaxRequestSize = keys.Number("Api:MaxRequestSize", 16 << 20, 1 << 10, 256 << 20, "Largest body of a request, in bytes."),
                Tokens = ApiTokens.Read(keys),
                AllowAnonymous = keys.Flag("Api:AllowAnonymous", "Listen for other machines without tokens, because something in front of the API asks for a login."),
            },
            Secrets = new SecretOptions
            {
                Folders = keys.Folders("Secrets:Folders", SecretReader.StandardFolders, "Where the files may lie that clients name as `file:PATH`."),
                VariablePrefix = keys.Text("Secrets:VariablePrefix", SecretReader.StandardPrefix, "How environment variables must begin that clients name as `env:NAME`."),
            },
            TakeOver = new TakeOverOptions
            {
                Etcd = ReadEtcd(keys, "TakeOver:Etcd", "the Go tool's tasks, for `--take-over`", metaStore.Etcd),
                RootPath = keys.Path("TakeOver:RootPath", metaStore.RootPath, "The Go tool's `metaStoreConfig.rootPath`, for `--take-over`.", "`MetaStore:RootPath`"),
                Stillness = keys.Duration(
                    "TakeOver:Stillness", TimeSpan.FromSeconds(6), TimeSpan.Zero, TimeSpan.FromMinutes(5), "How long the Go tool's positions must stand still for it to be taken as stopped; it writes them every 5 s."),
            },
            Resilience = ReadResilience(keys),
            Reading = new SourceReaderOptions
            {
                BudgetBytes = (long)keys.Number(
                    "Reading:TaskMiB", 256, SourceReaderOptions.LeastMiB, 16 << 10, "MiB of the source's log that one task may hold in memory; when they are used up, the log is left unread. What comes between two ticks always fits.") << 20,
                ProcessBudgetBytes = (long)keys.Number(
                    "Reading:ProcessMiB", 1024, SourceReaderOptions.LeastMiB, 64 << 10, "The same for all tasks of the process together; those that run share it evenly.") << 20,
            },
            DeadLetters = new DeadLetterOptions
            {
                MaximumBytes = keys.Number("DeadLetters:MaximumBytes", DeadLetterOptions.StandardBytes, 1 << 20, 1 << 30, "Bytes of messages set aside that one task may have; then it blocks."),
                MaximumLetters = keys.Number("DeadLetters:MaximumLetters", DeadLetterOptions.StandardLetters, 1, 100_000, "Messages set aside that one task may have; then it blocks."),
            },
        };
        GoConfigProvider[] goFiles = configuration is IConfigurationRoot root ? [.. root.Providers.OfType<GoConfigProvider>()] : [];
        return (options, new ConfigurationReport(
            keys.Rows, [.. goFiles.SelectMany(static file => file.Mistakes), .. keys.Mistakes], [.. goFiles.SelectMany(static file => file.Warnings)], [.. goFiles.Select(static file => file.Path)]));
    }

    private static ResilienceOptions ReadResilience(ConfigurationKeys keys)
    {
        ResilienceOptions standard = new();
        return new ResilienceOptions
        {
            FirstDelay = Time(nameof(ResilienceOptions.FirstDelay), standard.FirstDelay, 50, 60_000, "Delay before a task's first new attempt; each further one waits twice as long."),
            LongestDelay = Time(nameof(ResilienceOptions.LongestDelay), standard.LongestDelay, 100, 600_000, "Longest delay before a task's new attempt."),
            CallRetries = keys.Number("Resilience:CallRetries", standard.CallRetries, 0, 20, "New attempts of one call to the target before the run ends and the task shows the fault."),
            CallFirstDelay = Time(nameof(ResilienceOptions.CallFirstDelay), standard.CallFirstDelay, 10, 10_000, "Delay before the first new attempt of a call to the target; each further one waits twice as long."),
            CallLongestDelay = Time(nameof(ResilienceOptions.CallLongestDelay), standard.CallLongestDelay, 10, 60_000, "Longest delay before a new attempt of a call."),
            CallLimit = Time(nameof(ResilienceOptions.CallLimit), standard.CallLimit, 1_000, 3_600_000, "Time that one call to the target may take, all its attempts together."),
            BreakerFailures = keys.Number("Resilience:BreakerFailures", standard.BreakerFailures, 2, 1_000, "Failed attempts, and none that succeeded, after which a target is left alone."),
            BreakerWindow = Time(nameof(ResilienceOptions.BreakerWindow), standard.BreakerWindow, 1_000, 600_000, "Time over which failed attempts are counted."),
            BreakerPause = Time(nameof(ResilienceOptions.BreakerPause), standard.BreakerPause, 500, 60_000, "How long a target that failed too often is left alone."),
        };

        TimeSpan Time(string name, TimeSpan value, int leastMs, int mostMs, string about) =>
            keys.Duration($"Resilience:{name}", value, TimeSpan.FromMilliseconds(leastMs), TimeSpan.FromMilliseconds(mostMs), about);
    }

    private static SourceOptions ReadSource(ConfigurationKeys keys, EtcdSettings etcd) => new()
    {
        Etcd = etcd,
        RootPath = keys.Path("Source:Etcd:RootPath", "by-dev", "The source's `etcd.rootPath`."),
        MetaSubPath = keys.Path("Source:Etcd:MetaSubPath", "meta", "The source's `etcd.metaSubPath`."),
        Kafka = new KafkaOptions
        {
            BootstrapServers = keys.Brokers("Source:Kafka:BootstrapServers", "127.0.0.1:9092", "The Kafka brokers that hold the source's log."),
            Settings = keys.Map("Source:Kafka:Settings", "Any setting of librdkafka by its own name, such as `security.protocol`."),
        },
        Pulsar = PulsarOptionsReader.Read(keys),
        ReplicateChannel = keys.Text("Source:ReplicateChannel", "by-dev-replicate-msg", "Where the source writes its operations: its channel prefix and `-replicate-msg`."),
        DefaultDatabase = keys.Text("Source:DefaultDatabase", "default", "The database of collections that name none."),
        DefaultPartition = keys.Text("Source:DefaultPartition", "_default", "The source's `common.defaultPartitionName`."),
    };

    // A meta store without endpoints of its own is the source's etcd, with the source's login.
    private static EtcdSettings ReadEtcd(ConfigurationKeys keys, string at, string holds, EtcdSettings? fallback)
    {
        string? standard = fallback is null ? null : at.StartsWith("TakeOver", StringComparison.Ordinal) ? "the meta store's etcd, with its login" : "the source's etcd, with its login";
        bool ownEtcd = fallback is null || keys.Has($"{at}:Endpoints");
        EtcdSettings etcd = new()
        {
            Endpoints = keys.Addresses($"{at}:Endpoints", fallback is { Endpoints: [var first, ..] } ? first : new Uri("http://127.0.0.1:2379"), $"The etcd that holds {holds}.", standard),
            User = keys.Optional($"{at}:User", "Its login, when it asks for one."),
            Password = keys.Secret($"{at}:Password", "The login's password."),
            CertFile = keys.File($"{at}:CertFile", "PEM file with this program's certificate, when etcd asks for one."),
            KeyFile = keys.File($"{at}:KeyFile", "PEM file with the key to it."),
            CaFile = keys.File($"{at}:CaFile", "PEM file with the authorities that may sign etcd's certificate; without it the system's."),
        };
        if (!ownEtcd)
        {
            return fallback!;
        }

        keys.Together($"{at}:User", etcd.User, $"{at}:Password", etcd.Password);
        keys.Together($"{at}:CertFile", etcd.CertFile, $"{at}:KeyFile", etcd.KeyFile);
        return etcd;
    }
}
