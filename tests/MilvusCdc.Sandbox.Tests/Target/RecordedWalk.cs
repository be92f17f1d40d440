using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>
/// Sends the calls recorded at one server to a stand-in, in order. The stand-in's collections get the recorded ids and channels, read ahead from the
/// recorded messages, so that requests need no change. What the recorder did besides (ticks, rows made first) is in <see cref="RecordedScenes"/>.
/// </summary>
internal sealed partial class RecordedWalk
{
    // The recorder's wrong ids are 0, -1, 777 and 123456.
    private const long SmallestRealId = 1_000_000;

    private static readonly HashSet<string> WrapsStatus =
    [
        "GetVersion", "CheckHealth", "ListDatabases", "AllocTimestamp", "Connect", "ReplicateMessage", "Query", "DescribeCollection", "ShowPartitions",
        "HasCollection", "HasPartition", "DescribeIndex", "Flush", "GetFlushState", "GetCollectionStatistics", "GetLoadingProgress", "Insert", "Upsert", "Delete",
    ];

    private readonly List<RecordedCall> _calls;
    private readonly List<RecordedElement> _elements;

    public RecordedWalk(IEnumerable<RecordedCall> calls)
    {
        _calls = calls.ToList();
        _elements = _calls.SelectMany((call, index) => RecordedElement.Of(index, call)).ToList();
        string server = _calls[0].Server;
        Time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds((long)(_calls.Select(TimestampOf).FirstOrDefault(t => t > 0, 470638672680321024ul) >> 18) - 5000));
        Milvus = new StandInMilvus(
            new StandInOptions
            {
                ChannelPrefix = _calls.Select(RecordedElement.PrefixOf).FirstOrDefault(p => p is not null) ?? "t1",
                Queue = server.Contains("kafka", StringComparison.Ordinal) ? QueueKind.Kafka
                    : server.Contains("pulsar", StringComparison.Ordinal) ? QueueKind.Pulsar : QueueKind.RocksMq,
                TtMsgEnabled = server.EndsWith("=true", StringComparison.Ordinal),
                Mode = StandInMode.AsRecorded,
                TsoFollowsTicks = false,
                SkipWaits = true,
                Version = "v2.3.5-lite",
            },
            Time);
        Driver = new TargetDriver(Milvus);
    }

    public StandInMilvus Milvus { get; }

    public TargetDriver Driver { get; }

    public FakeTimeProvider Time { get; }

    public ulong Now => (ulong)Time.GetUtcNow().ToUnixTimeMilliseconds() << 18;

    /// <summary>Cases compared so far.</summary>
    public List<string> Compared { get; } = [];

    public List<string> Differences { get; } = [];

    public async Task RunAsync()
    {
        for (int i = 0; i < _calls.Count; i++)
        {
            RecordedCall call = _calls[i];
            if (Milvus.IsDead && call.GrpcCode != "UNAVAILABLE")
            {
                Milvus.Restart();
            }

            await PrepareAsync(i, call);
            if (call.Request is not null && !RecordedScenes.IsLeftOut(call))
            {
                await CompareAsync(call);
            }
        }
    }

    public void MoveTo(ulong timestamp)
    {
        DateTimeOffset moment = DateTimeOffset.FromUnixTimeMilliseconds((long)(timestamp >> 18));
        if (moment > Time.GetUtcNow())
        {
            Time.SetUtcNow(moment);
        }
    }

    /// <summary>One tick of now on every channel in use, as the recorder's background ticker sent.</summary>
    public async Task TickAllAsync()
    {
        Time.Advance(TimeSpan.FromMilliseconds(1));
        foreach (string channel in Milvus.Snapshot().Databases.Values.SelectMany(d => d.Collections.Values).SelectMany(c => c.Shards).Select(s => s.Channel).Distinct())
        {
            await Driver.ReplicateAsync(channel, TargetDriver.Tick(Now));
        }
    }

    /// <summary>A collection the recorder made without a line in the recording.</summary>
    public async Task CreateAsync(string name, long? id = null, int? channel = null, bool texts = false)
    {
        Place(name, 0, id, channel);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Driver.CreateAsync(name, Now, 1, texts);
        await TickAllAsync();
    }

    public async Task InsertAsync(string name, long value, IEnumerable<object> keys, long? partition = null)
    {
        DescribeCollectionResponse collection = await Driver.DescribeAsync(name);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Driver.ReplicateAsync(collection.PhysicalChannelNames[0], Driver.Insert(collection, Now, value, keys, 0, partition), TargetDriver.Tick(Now));
    }

    public async Task DeleteAsync(string name, params long[] keys)
    {
        DescribeCollectionResponse collection = await Driver.DescribeAsync(name);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Driver.ReplicateAsync(collection.PhysicalChannelNames[0], Driver.Delete(collection, Now, keys), TargetDriver.Tick(Now));
    }

    private async Task PrepareAsync(int index, RecordedCall call)
    {
        foreach (RecordedElement element in _elements.Where(e => e.Call == index))
        {
            await CreateUnknownAsync(element, call);
        }

        if (RecordedScenes.Before.TryGetValue(call.Case, out Func<RecordedWalk, Task>? scene) && !call.Server.EndsWith("=true", StringComparison.Ordinal))
        {
            await scene(this);
        }

        switch (call.Method)
        {
            case "CreateCollection" when call.Request is not null:
                Place(CreateCollectionRequest.Parser.ParseFrom(call.Request).CollectionName, index, null, null);
                break;
            case "LoadCollection" when call is { Code: 0, Request: not null }:
                await IndexAsync(LoadCollectionRequest.Parser.ParseFrom(call.Request).CollectionName);
                break;
            case "Query" when call is { Code: 0, Request: not null }:
                await LoadAsync(QueryRequest.Parser.ParseFrom(call.Request).CollectionName);
                break;
        }

        MoveTo(TimestampOf(call));
        Milvus.Options.FlushPatience = TimeSpan.FromSeconds(call.Seconds);
    }

    private async Task CreateUnknownAsync(RecordedElement element, RecordedCall call)
    {
        bool known = Milvus.Snapshot().Databases.Values.SelectMany(d => d.Collections.Values).Any(c => c.Id == element.CollectionId);
        RecordedElement? named = _elements.LastOrDefault(e => e.CollectionId == element.CollectionId && ShardOf(e) is not null);
        if (known || named is null || element.CollectionId < SmallestRealId || RecordedScenes.Dropped.Contains(named.CollectionName))
        {
            return;
        }

        await CreateAsync(named.CollectionName, element.CollectionId, element.Channel, element.TextKeys);
        if (call.Case.Contains("after-load", StringComparison.Ordinal) || call.Group == "malformed")
        {
            await Driver.LoadAsync(named.CollectionName);
        }
    }

    private static long? ShardOf(RecordedElement element) =>
        ShardId().Match(element.Shard) is { Success: true } match && long.Parse(match.Groups[1].Value, null) is var id && id == element.CollectionId && id > SmallestRealId ? id : null;

    private void Place(string name, int from, long? id, int? channel)
    {
        RecordedElement? element = _elements.Find(e => e.Call >= from && e.CollectionName == name && ShardOf(e) is not null);
        if ((id ?? element?.CollectionId) is { } collectionId && (channel ?? element?.Channel) is { } number)
        {
            Milvus.Place(name, new Placement(collectionId, collectionId + 1, [number]));
        }

        foreach (RecordedElement other in _elements.Where(e => e.CollectionName == name && e.Partition is not ("" or "_default") && e.PartitionId > SmallestRealId))
        {
            Milvus.PlacePartition(name, other.Partition, other.PartitionId);
        }
    }

    private CollectionState? StateOf(string name) => Milvus.Snapshot().Databases["default"].Collections.GetValueOrDefault(name);

    private async Task IndexAsync(string name)
    {
        if (StateOf(name) is { Indexes.Count: 0 })
        {
            await Driver.IndexAsync(name);
        }
    }

    private async Task LoadAsync(string name)
    {
        if (StateOf(name) is { Load: LoadState.NotLoad })
        {
            await IndexAsync(name);
            await Driver.DoAsync("LoadCollection", new LoadCollectionRequest { CollectionName = name });
        }
    }

    private async Task CompareAsync(RecordedCall call)
    {
        (string grpc, ReadOnlyMemory<byte> response) = await SendAsync(call);
        Compared.Add(call.Case);
        Status status = grpc != "OK" ? new Status() : WrapsStatus.Contains(call.Method)
            ? BoolResponse.Parser.ParseFrom(response.Span).Status : Status.Parser.ParseFrom(response.Span);
        string recorded = Shown(call.GrpcCode, call.Code ?? 0, call.ErrorCode ?? "Success", call.Reason);
        string ours = Shown(grpc, status?.Code ?? 0, (status?.ErrorCode ?? ErrorCode.Success).ToString(), status?.Reason ?? "");
        if (recorded != ours)
        {
            Differences.Add($"{call.Case}: recorded {recorded}, ours {ours}");
        }
        else if (call.Rows is { } rows && RowsOf(rows) is var expected && RowsOf(QueryResults.Parser.ParseFrom(response.Span)) is var actual && expected != actual)
        {
            Differences.Add($"{call.Case}: recorded rows {expected}, ours {actual}");
        }
    }

    private async Task<(string Grpc, ReadOnlyMemory<byte> Response)> SendAsync(RecordedCall call)
    {
        using CancellationTokenSource deadline = new();
        try
        {
            bool strong = call.Method == "Query" && QueryRequest.Parser.ParseFrom(call.Request).ConsistencyLevel == ConsistencyLevel.Strong;
            if (strong && call.Code == 0)
            {
                Time.Advance(TimeSpan.FromMilliseconds(RecordedScenes.Passed.GetValueOrDefault(call.Case, 50)));
            }

            Task<ReadOnlyMemory<byte>> answer = Milvus.HandleAsync(call.Method, call.Request, call.Metadata, deadline.Token).AsTask();
            if (strong && call.Code == 0)
            {
                await TickAllAsync();
            }
            else if (call.GrpcCode == "DEADLINE_EXCEEDED")
            {
                Time.Advance(TimeSpan.FromSeconds(call.Seconds));
                await deadline.CancelAsync();
            }

            return ("OK", await answer);
        }
        catch (GrpcException e)
        {
            return (e.Status == GrpcStatus.Unavailable ? "UNAVAILABLE" : e.Status.ToString(), default);
        }
        catch (OperationCanceledException)
        {
            return ("DEADLINE_EXCEEDED", default);
        }
    }

    private static string Shown(string grpc, int code, string legacy, string reason) =>
        grpc == "OK" ? $"{code}/{legacy} '{LongNumber().Replace(reason.Replace('\u00a0', ' '), "#")}'" : grpc;

    private static string RowsOf(JsonElement rows)
    {
        List<(string Name, List<string> Values)> columns = rows.EnumerateObject()
            .Select(c => (c.Name, c.Value.EnumerateArray().Select(v => v.ToString()).ToList())).OrderBy(c => c.Name, StringComparer.Ordinal).ToList();
        return string.Join("; ", columns.Select(c => $"{c.Name}: {string.Join(',', c.Values)}"));
    }

    private static string RowsOf(QueryResults results) => string.Join("; ", results.FieldsData.OrderBy(f => f.FieldName, StringComparer.Ordinal).Select(f =>
        $"{f.FieldName}: {(f.Scalars.StringData is { } texts ? string.Join(',', texts.Data) : string.Join(',', f.Scalars.LongData.Data))}"));

    /// <summary>When the call was made: EndTs of a pack, msgTimestamp of an operation (that of CreateCollection is a chosen one).</summary>
    private static ulong TimestampOf(RecordedCall call) => call switch
    {
        { Request: null } => 0,
        { Method: "ReplicateMessage" } => ReplicateMessageRequest.Parser.ParseFrom(call.Request).EndTs,
        { Method: "CreateIndex" or "LoadCollection" or "Flush" or "DropCollection" } =>
            FlushRequest.Parser.ParseFrom(call.Request).Base?.ReplicateInfo?.MsgTimestamp ?? 0,
        { Case: "ddl.create.R" or "fb.create-A" } => CreateCollectionRequest.Parser.ParseFrom(call.Request).Base.ReplicateInfo.MsgTimestamp,
        _ => 0,
    };

    [GeneratedRegex(@"_(\d+)v\d+$")]
    private static partial Regex ShardId();

    [GeneratedRegex(@"\d{6,}")]
    private static partial Regex LongNumber();
}
