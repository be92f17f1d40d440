using System.Globalization;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Source.Metadata;

namespace MilvusCdc.Sandbox.Workloads;

/// <summary>A source in use, by chance but the same for a seed, on four pchannels.</summary>
/// <param name="seed">What decides.</param>
/// <param name="leastSteps">So many things are done at least; then it goes on until nobody wants more.</param>
/// <param name="clock">The source's clock; null: the machine's.</param>
/// <param name="log">What it writes to.</param>
internal sealed class RandomWorkload(int seed, int leastSteps, TimeProvider? clock = null, RecordedLog log = RecordedLog.Kafka) : IMatrixWorkload
{
    private const string Root = "rw";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    private readonly SourceOptions _options = new() { RootPath = Root, ChannelPrefix = Root, ChannelCount = 4 };
    private EtcdClient? _etcd;
    private SourceMilvus? _source;
    private RandomOperations? _operations;

    public string Name => string.Create(CultureInfo.InvariantCulture, $"random {seed} on {log}");

    public RecordedLog Log => log;

    public string ReplicateChannel => _options.ReplicateChannel;

    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            Dictionary<string, string> settings = new()
            {
                ["Cdc__Source__Etcd__RootPath"] = _options.RootPath,
                ["Cdc__Source__Etcd__MetaSubPath"] = _options.MetaSubPath,
                ["Cdc__Source__ReplicateChannel"] = _options.ReplicateChannel,
            };
            if (log == RecordedLog.Pulsar)
            {
                // Subscriptions that outlive the worker and are moved when it starts again; the recorded session is read without.
                settings["Cdc__Source__Pulsar__Durable"] = "true";
            }

            return settings;
        }
    }

    /// <summary>The source itself, once it is prepared.</summary>
    public SourceMilvus Source => _source ?? throw new InvalidOperationException("the workload is not prepared");

    public ulong End => Source.LastChange;

    public string Summary => string.Join(", ", _operations!.Done.Select(one => $"{one.Value} × {one.Key}"));

    public async Task PrepareAsync(Uri etcd, ISourceBroker broker, CancellationToken cancellation)
    {
        _etcd = new EtcdClient(new EtcdOptions { Endpoints = [etcd.GetLeftPart(UriPartial.Authority)], Timeout = TimeSpan.FromSeconds(15) }, TimeProvider.System);
        _source = await SourceMilvus.StartAsync(_options, new EtcdMetadataWriter(_etcd), broker.Writer, clock, cancellation: cancellation);
        _operations = new RandomOperations(_source, seed);
    }

    public async Task RunAsync(Func<ulong, CancellationToken, ValueTask<bool>> gate, CancellationToken cancellation)
    {
        for (int step = 0; await gate(Source.LastChange, cancellation) || step < leastSteps; step++)
        {
            await _operations!.StepAsync(cancellation);
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    public ComparisonReport Compare(TargetContent target) => TableComparer.Compare(Source.Rows(), target.Rows, Source.Structures(), target.Structures);

    public async ValueTask DisposeAsync()
    {
        if (_source is { } source)
        {
            _source = null;
            await source.DisposeAsync();
        }

        _etcd?.Dispose();
    }
}
