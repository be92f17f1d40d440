using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>Flush waits for channels that the data node has not opened; GetFlushState becomes true when ticks have passed the flush timestamp.</summary>
internal static class FlushCalls
{
    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<FlushRequest, FlushResponse>("Flush", (r, c) => FlushAsync(instance, r, c), (_, s) => new() { Status = s });
        on.On<GetFlushStateRequest, GetFlushStateResponse>("GetFlushState",
            (r, c) => new() { Status = new(), Flushed = Flushed(instance, c.DatabaseOf(r.DbName), r) }, s => new() { Status = s });
    }

    private static async ValueTask<FlushResponse> FlushAsync(Instance instance, FlushRequest request, CallContext context)
    {
        string database = context.DatabaseOf(request.DbName);
        List<Collection> collections;
        lock (instance.Gate)
        {
            collections = request.CollectionNames.Select(name => instance.Collection(database, name)).ToList();
        }

        FlushResponse response = new() { Status = new(), DbName = database };
        foreach ((Collection collection, string name) in collections.Zip(request.CollectionNames))
        {
            TimeSpan patience = instance.Options.FlushPatience;
            bool open = await instance.UntilAsync(
                () => collection.Shards.TrueForAll(s => s.Watched), instance.Options.SkipWaits ? TimeSpan.Zero : patience, context.Cancellation);
            lock (instance.Gate)
            {
                if (!open)
                {
                    throw new RefusalException(500, ErrorCode.UnexpectedError,
                        $"attempt #{Backoff.AttemptsIn(patience)}: channel not found[channel={collection.Shards.First(s => !s.Watched).Name}]");
                }

                Flush(instance, collection, name, response);
            }
        }

        return response;
    }

    private static void Flush(Instance instance, Collection collection, string name, FlushResponse response)
    {
        ulong now = Math.Max(1, instance.ReadTime());
        LongArray sealedNow = new();
        response.FlushCollSegIDs[name] = new LongArray { Data = { collection.FlushedSegments } };
        if (collection.Rows.Any(r => r.Timestamp > collection.FlushedAt) || collection.Shards.Any(s => s.PendingMessages > 0))
        {
            sealedNow.Data.Add(instance.NextId());
            collection.FlushedSegments.AddRange(sealedNow.Data);
        }

        collection.FlushedAt = now;
        response.CollSegIDs[name] = sealedNow;
        response.CollSealTimes[name] = instance.Clock.Time.GetUtcNow().ToUnixTimeSeconds();
        response.CollFlushTs[name] = now;
        instance.OwnOperations++;
    }

    private static bool Flushed(Instance instance, string database, GetFlushStateRequest request)
    {
        Collection? collection = request.CollectionName.Length > 0
            ? instance.Collection(database, request.CollectionName)
            : instance.Live.FirstOrDefault(c => c.FlushedSegments.Intersect(request.SegmentIDs).Any());
        return collection is null || collection.Tick > request.FlushTs;
    }
}
