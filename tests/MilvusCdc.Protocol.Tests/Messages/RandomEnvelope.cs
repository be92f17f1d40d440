using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Protocol.Tests.Messages;

/// <summary>A message with a random subset of its fields, some of them twice, and unknown fields at random places, outside and in the base.</summary>
internal sealed class RandomEnvelope(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>The numbers of the patchable fields: shardName, db_name, collection_name, partition_name, collectionID, partitionID (0: not in this type).</summary>
    private static int[] Numbers(MsgType type) => type switch
    {
        MsgType.Insert or MsgType.Delete => [2, 3, 4, 5, 7, 8],
        MsgType.DropCollection => [0, 2, 3, 0, 5, 0],
        _ => [0, 2, 3, 4, 6, 7],
    };

    public static HashSet<int> Named(MsgType type, EnvelopePatch patch)
    {
        int[] numbers = Numbers(type);
        object?[] values = [patch.ShardName, patch.DbName, patch.CollectionName, patch.PartitionName, patch.CollectionId, patch.PartitionId];
        return numbers.Where((number, i) => number != 0 && values[i] is not null).ToHashSet();
    }

    public byte[] Message()
    {
        IMessage whole = _random.Next(4) switch
        {
            0 => new SampleMessages(_random.Next()).Insert(1 + _random.Next(3)),
            1 => new SampleMessages(_random.Next()).Delete(1 + _random.Next(3), textKeys: true),
            2 => new DropCollectionRequest { Base = new MsgBase { MsgType = MsgType.DropCollection }, DbName = "d", CollectionName = "c", DbID = 4, CollectionID = 5 },
            _ => new DropPartitionRequest { Base = new MsgBase { MsgType = MsgType.DropPartition }, CollectionName = "c", PartitionName = "p", CollectionID = 5, PartitionID = -1 },
        };
        List<WireField> fields = WireFields.Split(whole.ToByteArray()).FindAll(field => field.Number == 1 || _random.Next(4) > 0);
        int first = fields.FindIndex(field => field.Number == 1);
        MsgBase header = MsgBase.Parser.ParseFrom(fields[first].Payload);
        header.TargetID = _random.Next(3);
        header.Properties.Add("p", "q");
        fields[first] = WireFields.Bytes(1, Base(header));
        foreach (int number in Numbers(header.MsgType).Where(number => number != 0))
        {
            if (fields.Find(field => field.Number == number) is { } field && _random.Next(5) == 0)
            {
                Insert(fields, field);
            }
        }

        if (_random.Next(8) == 0)
        {
            Insert(fields, WireFields.Bytes(1, Base(new MsgBase { MsgID = _random.Next(2), SourceID = 3 })));
        }

        AddUnknown(fields, smallest: 16);
        return WireFields.Join(fields);
    }

    public EnvelopePatch Patch() =>
        new(Text(), Text(), Text(), Text(), Id(), Id(), Id());

    private byte[] Base(MsgBase header)
    {
        List<WireField> fields = WireFields.Split(header.ToByteArray()).FindAll(field => field.Number == 1 || _random.Next(4) > 0);
        if (_random.Next(5) == 0)
        {
            Insert(fields, WireFields.Number(2, (ulong)_random.Next()));
        }

        AddUnknown(fields, smallest: 8);
        return WireFields.Join(fields);
    }

    private void AddUnknown(List<WireField> fields, int smallest)
    {
        for (int left = _random.Next(4); left > 0; left--)
        {
            int number = smallest + 1 + _random.Next(_random.Next(2) == 0 ? 10 : 100_000);
            Insert(fields, _random.Next(3) switch
            {
                0 => WireFields.Number(number, (ulong)_random.NextInt64()),
                1 => WireFields.Bytes(number, new byte[_random.Next(600)]),
                _ => WireFields.Fixed32(number, (uint)_random.Next()),
            });
        }
    }

    private void Insert(List<WireField> fields, WireField field) => fields.Insert(_random.Next(fields.Count + 1), field);

    private string? Text() => _random.Next(5) switch
    {
        0 or 1 => null,
        2 => "",
        3 => new string('ü', _random.Next(400)),
        _ => "target-dml_0_12v0",
    };

    private long? Id() => _random.Next(4) switch
    {
        0 => null,
        1 => 0,
        2 => -1,
        _ => _random.NextInt64(),
    };
}
