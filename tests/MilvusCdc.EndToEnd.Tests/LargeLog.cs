using System.Globalization;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Matrix.Faults;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Workloads;
using MilvusPair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>A source whose log grows by whole MiB as fast as a test wants it to: with each of them its clock goes on by the time of a tick.</summary>
internal sealed class LargeLog : IMatrixWorkload
{
    private const int RowBytes = 32 << 10;
    private const int RowsOfMiB = (1 << 20) / RowBytes;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(150);
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly ShiftedTime _clock = new();
    private readonly RandomWorkload _source;
    private long _nextKey;

    /// <param name="settings">Further settings of the server.</param>
    public LargeLog(IReadOnlyDictionary<string, string> settings)
    {
        _settings = settings;
        _source = new RandomWorkload(seed: 1, leastSteps: 0, _clock);
    }

    public string Name => "large log";

    public RecordedLog Log => _source.Log;

    public string ReplicateChannel => _source.ReplicateChannel;

    public IReadOnlyDictionary<string, string> Environment => _source.Environment.Concat(_settings).ToDictionary();

    public ulong End => _source.End;

    public string Summary => "";

    public SourceMilvus Source => _source.Source;

    public Task PrepareAsync(Uri etcd, ISourceBroker broker, CancellationToken cancellation) => _source.PrepareAsync(etcd, broker, cancellation);

    public Task RunAsync(Func<ulong, CancellationToken, ValueTask<bool>> gate, CancellationToken cancellation) => Task.CompletedTask;

    public ComparisonReport Compare(TargetContent target) => _source.Compare(target);

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Makes a collection for rows of 32 KiB.</summary>
    public Task CreateAsync(string collection) => Source.CreateCollectionAsync("", new CollectionSchema
    {
        Name = collection,
        Fields =
        {
            new FieldSchema { Name = "id", DataType = DataType.Int64, IsPrimaryKey = true },
            new FieldSchema { Name = "text", DataType = DataType.VarChar, TypeParams = { new MilvusPair { Key = "max_length", Value = "65535" } } },
            new FieldSchema { Name = "vector", DataType = DataType.FloatVector, TypeParams = { new MilvusPair { Key = "dim", Value = "4" } } },
        },
    });

    /// <summary>Lets the source's time go on.</summary>
    public Task PassAsync(TimeSpan time)
    {
        _clock.Shift += time;
        return Source.TickAsync();
    }

    /// <summary>Inserts so many MiB, each with a tick of its own.</summary>
    public async Task WriteAsync(string collection, int mebibytes)
    {
        for (int written = 0; written < mebibytes; written++)
        {
            long[] keys = [.. Enumerable.Range(0, RowsOfMiB).Select(_ => _nextKey++)];
            await Source.InsertAsync("", collection,
            [
                SourceColumn.Longs("id", keys),
                SourceColumn.Texts("text", keys.Select(static key => key.ToString(CultureInfo.InvariantCulture).PadLeft(RowBytes, (char)('a' + (key % 26))))),
                SourceColumn.FloatVectors("vector", 4, keys.SelectMany(static key => new float[] { key, 1, 2, 3 })),
            ]);
            _clock.Shift += Step;
            await Source.TickAsync();
        }
    }
}
