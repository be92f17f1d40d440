using System.Globalization;
using Google.Protobuf;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Source;
using Pair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Live;

/// <summary>What a load has done.</summary>
public readonly record struct LoadCounts(long Inserted, long Upserted, long Deleted, long Failed)
{
    /// <summary>All rows that were touched.</summary>
    public long Total => Inserted + Upserted + Deleted;
}

/// <summary>Writes to a Milvus as an application does: inserts, upserts and deletes at a rate. A call that fails is counted, and the load goes on.</summary>
public sealed class LoadRun : IDisposable
{
    private const string Key = "id";
    private const long FirstKey = 1;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly LoadOptions _options;
    private readonly MilvusClient _client;
    private readonly Random _random;
    private readonly List<long> _living = [];
    private long _nextKey = FirstKey;
    private LoadCounts _counts;

    /// <summary>Nothing is sent yet.</summary>
    public LoadRun(Uri milvus, LoadOptions options)
    {
        _options = options;
        _random = new Random(options.Seed);
        _client = new MilvusClient(new MilvusClientOptions { Address = milvus });
    }

    /// <summary>What it has done so far.</summary>
    public LoadCounts Counts => _counts;

    /// <summary>Makes the collection with its index and loads it, where that is not done.</summary>
    /// <exception cref="MilvusException">Milvus refuses, for example because the collection is another one.</exception>
    /// <exception cref="GrpcException">Milvus does not answer.</exception>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        CollectionSchema schema = new()
        {
            Name = _options.Collection,
            Description = "written by sandbox load",
            Fields =
            {
                new FieldSchema { Name = Key, DataType = DataType.Int64, IsPrimaryKey = true },
                new FieldSchema { Name = "title", DataType = DataType.VarChar, TypeParams = { new Pair { Key = "max_length", Value = "100" } } },
                new FieldSchema { Name = "price", DataType = DataType.Double },
                new FieldSchema { Name = "v", DataType = DataType.FloatVector, TypeParams = { new Pair { Key = "dim", Value = _options.Dimension.ToString(CultureInfo.InvariantCulture) } } },
            },
        };
        BoolResponse there = await CallAsync(MilvusMethods.HasCollection, new HasCollectionRequest { CollectionName = _options.Collection }, cancellation);
        if (!there.Value)
        {
            await CallAsync(
                MilvusMethods.CreateCollection, new CreateCollectionRequest { CollectionName = _options.Collection, Schema = schema.ToByteString(), ShardsNum = _options.Shards }, cancellation);
            CreateIndexRequest index = new() { CollectionName = _options.Collection, FieldName = "v" };
            index.ExtraParams.Add(new Pair { Key = "index_type", Value = "HNSW" });
            index.ExtraParams.Add(new Pair { Key = "metric_type", Value = "L2" });
            index.ExtraParams.Add(new Pair { Key = "params", Value = "{\"M\":8,\"efConstruction\":64}" });
            await CallAsync(MilvusMethods.CreateIndex, index, cancellation);
        }

        await CallAsync(MilvusMethods.LoadCollection, new LoadCollectionRequest { CollectionName = _options.Collection, ReplicaNumber = 1 }, cancellation);
    }

    /// <summary>Writes until the duration is over or it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (_options.Duration is not { } duration || TimeProvider.System.GetElapsedTime(began) < duration)
        {
            await StepAsync(cancellation);
            TimeSpan ahead = TimeSpan.FromSeconds((double)_counts.Total / _options.Rate) - TimeProvider.System.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, TimeProvider.System, cancellation);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task StepAsync(CancellationToken cancellation)
    {
        (int inserts, int upserts, int deletes) = _options.Mix;
        int choice = _living.Count < _options.Batch ? 0 : _random.Next(inserts + upserts + deletes);
        try
        {
            if (choice < inserts || _living.Count < _options.Batch)
            {
                await InsertAsync(cancellation);
            }
            else if (choice < inserts + upserts)
            {
                await UpsertAsync(cancellation);
            }
            else
            {
                await DeleteAsync(cancellation);
            }
        }
        catch (Exception fault) when (fault is MilvusException or GrpcException)
        {
            // The source has a fault, perhaps one that was asked for.
            _counts = _counts with { Failed = _counts.Failed + 1 };
            await Task.Delay(AfterFailure, TimeProvider.System, cancellation);
        }
    }

    private async Task InsertAsync(CancellationToken cancellation)
    {
        long[] keys = [.. Enumerable.Range(0, _options.Batch).Select(_ => _nextKey++)];
        await CallAsync(MilvusMethods.Insert, new InsertRequest { CollectionName = _options.Collection, NumRows = (uint)keys.Length, FieldsData = { ColumnsOf(keys) } }, cancellation);
        _living.AddRange(keys);
        _counts = _counts with { Inserted = _counts.Inserted + keys.Length };
    }

    private async Task UpsertAsync(CancellationToken cancellation)
    {
        long[] keys = Some();
        await CallAsync(MilvusMethods.Upsert, new UpsertRequest { CollectionName = _options.Collection, NumRows = (uint)keys.Length, FieldsData = { ColumnsOf(keys) } }, cancellation);
        _counts = _counts with { Upserted = _counts.Upserted + keys.Length };
    }

    private async Task DeleteAsync(CancellationToken cancellation)
    {
        long[] keys = Some();
        await CallAsync(MilvusMethods.Delete, new DeleteRequest { CollectionName = _options.Collection, Expr = $"{Key} in [{string.Join(',', keys)}]" }, cancellation);
        foreach (long key in keys)
        {
            _living.Remove(key);
        }

        _counts = _counts with { Deleted = _counts.Deleted + keys.Length };
    }

    private long[] Some() => [.. Enumerable.Range(0, _options.Batch).Select(_ => _living[_random.Next(_living.Count)]).Distinct()];

    private IEnumerable<FieldData> ColumnsOf(long[] keys) =>
    [
        SourceColumn.Longs(Key, keys),
        SourceColumn.Texts("title", keys.Select(key => $"book {key}, edition {_random.Next(9) + 1}")),
        SourceColumn.Doubles("price", keys.Select(_ => Math.Round(_random.NextDouble() * 50, 2))),
        SourceColumn.FloatVectors("v", _options.Dimension, Enumerable.Range(0, keys.Length * _options.Dimension).Select(_ => (float)((_random.NextDouble() * 2) - 1))),
    ];

    private Task<TResponse> CallAsync<TRequest, TResponse>(MilvusMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => _client.CallAsync(method, request, null, CallTimeout, cancellation);
}
