using System.Security.Cryptography;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;
using DeleteRequest = MilvusCdc.Protocol.Milvus.Msg.DeleteRequest;
using DropCollectionRequest = MilvusCdc.Protocol.Milvus.Msg.DropCollectionRequest;
using DropPartitionRequest = MilvusCdc.Protocol.Milvus.Msg.DropPartitionRequest;
using InsertRequest = MilvusCdc.Protocol.Milvus.Msg.InsertRequest;

namespace MilvusCdc.Sandbox.Target.Replicate;

/// <summary>
/// ReplicateMessage: the checks in the order of a real server, then element by element into the log of the named channel, whose readers buffer rows until
/// a tick (target-behaviour.md §1).
/// </summary>
internal sealed class ReplicateCall(Instance instance, Health health, FaultSwitches faults)
{
    public void Register(Dispatcher on) =>
        on.On<ReplicateMessageRequest, ReplicateMessageResponse>("ReplicateMessage", (request, _) => Replicate(request), s => new() { Status = s });

    private ReplicateMessageResponse Replicate(ReplicateMessageRequest request)
    {
        if (instance.Options.TtMsgEnabled)
        {
            throw new RefusalException(1900, ErrorCode.UnexpectedError, "deny to use the replicate message in the normal instance");
        }

        if (request.ChannelName.Length == 0)
        {
            throw Refusal.BadParameter("invalid channel name for the replicate message request");
        }

        if (request.ChannelName == instance.Channels.OwnOperations)
        {
            return Answer(instance.Channels.NewestOwnOperation(instance.OwnOperations));
        }

        List<Element> elements = request.Msgs.Select(Element.Decode).ToList();
        if (faults.RefuseMessage is { } refuse && elements.Exists(element => refuse(element.Bytes.Memory)))
        {
            throw new RefusalException(1901, ErrorCode.UnexpectedError, "invalid replicate msg bytes");
        }

        foreach (Element element in elements.Where(e => e.Type == MsgType.Insert))
        {
            AssignSegment((InsertRequest)element.Body);
        }

        string position = Write(request.ChannelName, elements);
        instance.Settle();
        return Answer(position);
    }

    private static ReplicateMessageResponse Answer(string position) => new() { Status = new Status(), Position = position };

    private void AssignSegment(InsertRequest insert)
    {
        // The id of a dropped collection is still known to the data coordinator.
        if (!instance.ById.ContainsKey(insert.CollectionID))
        {
            throw Refusal.Unexpected("getSegmentID failed: SegmentIDAllocator failRemainRequest unexpected error");
        }

        if (insert.NumRows == 0)
        {
            throw new RefusalException(1902, ErrorCode.UnexpectedError, "no assign segment id");
        }
    }

    private string Write(string name, List<Element> elements)
    {
        if (instance.Channels.PanicsOn(name))
        {
            health.Record(new Poison(PoisonKind.IllegalTopic, name, 0, $"'{name}' is no topic name of this queue", true));
            throw health.Unavailable();
        }

        if (elements.Count == 0)
        {
            throw Refusal.Unexpected("empty msgs");
        }

        if (instance.Channels.RefusalOfName(name) is { } refusal)
        {
            throw Refusal.Unexpected(refusal);
        }

        if (!instance.Channels.IsPhysical(name))
        {
            health.Record(new Poison(PoisonKind.UnknownChannel, name, 0, $"'{name}' is none of the target's physical channels", false));
        }

        PhysicalChannel channel = instance.Channels.Open(name);
        string position = "";
        foreach (Element element in elements)
        {
            // The queue refuses one element; what stands before it is already written, and its ticks have worked.
            if (instance.Options.Queue != QueueKind.RocksMq && element.Bytes.Length > instance.Options.MaxElementBytes)
            {
                instance.Settle();
                throw Refusal.Unexpected(instance.Options.Queue == QueueKind.Kafka
                    ? "Broker: Message size too large" : "message size exceeds MaxMessageSize: MessageTooBig");
            }

            Take(element, channel);
            position = instance.Channels.Write(channel, element.Type, element.Timestamp, element.Bytes.Memory);
        }

        return position;
    }

    private void Take(Element element, PhysicalChannel channel)
    {
        switch (element.Body)
        {
            case InsertRequest insert:
                Insert(insert, element, channel);
                break;
            case DeleteRequest delete:
                Delete(delete, element, channel);
                break;
            case DropCollectionRequest drop:
                DropCollection(drop, element, channel);
                break;
            case DropPartitionRequest drop:
                if (instance.ById.GetValueOrDefault(drop.CollectionID) is not { } collection
                    || !(collection.DroppedPartitions.Contains(drop.PartitionID) || collection.Partitions.Exists(p => p.Id == drop.PartitionID)))
                {
                    Record(element, channel, new(PoisonKind.UnknownId, $"a Drop message for partition {drop.PartitionID} of collection {drop.CollectionID} is ignored", false));
                }

                break;
        }
    }

    private void Insert(InsertRequest insert, Element element, PhysicalChannel channel)
    {
        Collection collection = instance.ById[insert.CollectionID];
        if (collection.Dropped)
        {
            return;
        }

        string shard = insert.ShardName;
        if (InsertCheck.Of(insert, collection, channel.Name) is { } finding)
        {
            Record(element, channel, finding);
            if (finding.Kind != PoisonKind.UnknownShard || collection.Load is not null)
            {
                return;
            }

            // Before a load the invented shard becomes one of the collection's, and its rows are seen after the load.
            shard = collection.Shards[0].Name;
        }

        collection.Shards.First(s => s.Name == shard).Buffer(new PendingMessage(insert, null, insert.Timestamps.Max(), Fingerprint(element)));
    }

    private void Delete(DeleteRequest delete, Element element, PhysicalChannel channel)
    {
        Collection? collection = instance.ById.GetValueOrDefault(delete.CollectionID);
        if (collection is { Dropped: true })
        {
            return;
        }

        if (DeleteCheck.Of(delete, collection, channel.Name) is { } finding)
        {
            Record(element, channel, finding);
            if (finding.Deadly)
            {
                throw health.Unavailable();
            }

            return;
        }

        if (delete.NumRows > 0)
        {
            collection!.Shards.First(s => s.Name == delete.ShardName)
                .Buffer(new PendingMessage(null, delete, delete.Timestamps.Max(), Fingerprint(element)));
        }
    }

    private void DropCollection(DropCollectionRequest drop, Element element, PhysicalChannel channel)
    {
        Collection? collection = instance.ById.GetValueOrDefault(drop.CollectionID);
        if (collection is null)
        {
            Record(element, channel, new(PoisonKind.UnknownId, $"a Drop message for collection {drop.CollectionID}, which never was, is ignored", false));
            return;
        }

        if (!collection.Dropped)
        {
            Record(element, channel, new(PoisonKind.DropBeforeCall, $"a Drop message for {collection.Name} ({collection.Id}) came before DropCollection", false));
        }

        foreach (VirtualChannel shard in collection.Shards.Where(s => s.Physical == channel))
        {
            shard.DropAt = Math.Min(shard.DropAt, element.Timestamp);
        }
    }

    private void Record(Element element, PhysicalChannel channel, Finding finding) =>
        health.Record(new Poison(finding.Kind, channel.Name, element.Index, finding.What, finding.Deadly));

    private static byte[] Fingerprint(Element element) => SHA256.HashData(element.Bytes.Span);
}
