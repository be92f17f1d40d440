using System.CommandLine;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Source.Log;
using MilvusCdc.Sandbox.Source.Metadata;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox source</c>.</summary>
internal static class SourceCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Option<string> etcd = new("--etcd") { Description = "The etcd for its metadata, such as http://127.0.0.1:2379.", HelpName = "URL", Required = true };
        Option<string> root = new("--root") { Description = "The root path in etcd, and the first part of topic names.", HelpName = "NAME", DefaultValueFactory = _ => "by-dev" };
        Option<string> version = new("--version") { Description = "Which Milvus it is: 2.3.2 to 2.5.x.", HelpName = "X.Y.Z", DefaultValueFactory = _ => SourceVersion.Recorded.ToString() };
        Option<int> channels = StandInOptionsOf.Channels();
        Option<int> port = StandInOptionsOf.Port("--port", "gRPC; 0 takes a free one.");
        Option<string?> brokerAddress = new("--broker") { Description = "The Kafka broker that gets its log, such as 127.0.0.1:9092. Default: one of its own.", HelpName = "HOST:PORT" };
        Option<int> brokerPort = StandInOptionsOf.Port("--broker-port", "a Kafka broker of its own; 0 takes a free one.");
        Option<int> doorPort = StandInOptionsOf.Port("--door-port", "faults and rows by plain HTTP; 0 takes a free one.");
        Command command = new("source", "A Milvus in memory that real SDKs can talk to, and that leaves a real one's traces in etcd and in a Kafka log. Goes on until Ctrl-C.")
        { etcd, root, version, channels, port, brokerAddress, brokerPort, doorPort };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            if (parsed.GetValue(brokerAddress) is { } other && parsed.GetResult(brokerPort) is { Implicit: false })
            {
                throw new SandboxException($"--broker-port is for a broker of the source's own, and --broker names another ({other}); allowed is one of the two.");
            }

            SourceOptions options = new()
            {
                RootPath = parsed.GetValue(root)!,
                ChannelPrefix = parsed.GetValue(root)!,
                ChannelCount = parsed.GetValue(channels),
                Version = VersionOf(parsed.GetValue(version)!),
            };
            await using KafkaBroker? own = parsed.GetValue(brokerAddress) is null ? await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = parsed.GetValue(brokerPort) }, cancellation) : null;
            using KafkaProducerWriter? producer = own is null ? new KafkaProducerWriter(parsed.GetValue(brokerAddress)!) : null;
            using EtcdClient client = ClientOf(parsed.GetValue(etcd)!);
            EtcdMetadataWriter metadata = new(client);
            await using SourceMilvus milvus = producer is null
                ? await StartAsync(options, metadata, new KafkaLogWriter(own!), cancellation)
                : await StartAsync(options, new LogFirstMetadataWriter(metadata, producer), producer, cancellation);
            await using SourceServer server = await SourceServer.StartAsync(milvus, port: parsed.GetValue(port), doorPort: parsed.GetValue(doorPort), cancellation: cancellation);
            console.WriteLine($"source {options.Version} on {server.Address}, broker {own?.BootstrapServers ?? parsed.GetValue(brokerAddress)}, door {server.Door}");
            Task end = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            if (producer is not null && await Task.WhenAny(end, producer.Broken) == producer.Broken)
            {
                throw new SandboxException(await producer.Broken);
            }

            await end.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }));
        return command;
    }

    public static SourceVersion VersionOf(string text)
    {
        try
        {
            return SourceVersion.Parse(text);
        }
        catch (FormatException fault)
        {
            throw new SandboxException(fault.Message, fault);
        }
    }

    private static EtcdClient ClientOf(string address)
    {
        try
        {
            return new EtcdClient(new EtcdOptions { Endpoints = [address], Timeout = TimeSpan.FromSeconds(5) }, TimeProvider.System);
        }
        catch (ArgumentException fault)
        {
            throw new SandboxException($"--etcd: {fault.Message}", fault);
        }
    }

    private static async Task<SourceMilvus> StartAsync(SourceOptions options, IMetadataWriter metadata, ISourceLogWriter log, CancellationToken cancellation)
    {
        try
        {
            return await SourceMilvus.StartAsync(options, metadata, log, cancellation: cancellation);
        }
        catch (EtcdException fault)
        {
            throw new SandboxException($"The source could not write its metadata to etcd: {fault.Message}", fault);
        }
    }
}
