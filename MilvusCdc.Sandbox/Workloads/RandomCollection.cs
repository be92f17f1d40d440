using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Source;
using MilvusPair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Workloads;

/// <summary>What a random collection is like.</summary>
internal enum RandomShape
{
    /// <summary>An int64 key, a text and a vector.</summary>
    Plain,

    /// <summary>A text as key, and dynamic fields.</summary>
    Dynamic,

    /// <summary>An int64 key, and a partition key.</summary>
    Keyed,
}

/// <summary>A collection that the random workload has made, with the keys that are in it. A key is in one partition only, since what a key in two of them means is not defined.</summary>
internal sealed class RandomCollection(string database, string name, RandomShape shape)
{
    private const int Dimension = 8;

    /// <summary>Its database.</summary>
    public string Database => database;

    /// <summary>Its name now.</summary>
    public string Name { get; set; } = name;

    /// <summary>What it is like.</summary>
    public RandomShape Shape => shape;

    /// <summary>Its partitions besides the default one.</summary>
    public List<string> Partitions { get; } = [];

    /// <summary>Partition (empty: the default one) of each key that is in it.</summary>
    public Dictionary<long, string> Keys { get; } = [];

    /// <summary>Whether it has an index on its vector.</summary>
    public bool Indexed { get; set; }

    /// <summary>Whether it is loaded.</summary>
    public bool Loaded { get; set; }

    /// <summary>Its schema, as a client states it.</summary>
    public CollectionSchema Schema()
    {
        CollectionSchema schema = new() { Name = Name, EnableDynamicField = shape == RandomShape.Dynamic };
        schema.Fields.Add(shape == RandomShape.Dynamic
            ? Text("id", 64, primary: true)
            : new FieldSchema { Name = "id", DataType = DataType.Int64, IsPrimaryKey = true });
        FieldSchema text = Text("text", 200, primary: false);
        text.IsPartitionKey = shape == RandomShape.Keyed;
        schema.Fields.Add(text);
        schema.Fields.Add(new FieldSchema
        {
            Name = "vector",
            DataType = DataType.FloatVector,
            TypeParams = { new MilvusPair { Key = "dim", Value = $"{Dimension}" } },
        });
        return schema;
    }

    /// <summary>Columns for keys.</summary>
    public List<FieldData> Columns(IReadOnlyCollection<long> keys, Random random)
    {
        List<FieldData> columns =
        [
            shape == RandomShape.Dynamic ? SourceColumn.Texts("id", keys.Select(KeyText)) : SourceColumn.Longs("id", keys),
            SourceColumn.Texts("text", keys.Select(key => $"{key % 7}-{random.Next(1_000_000)}")),
            SourceColumn.FloatVectors("vector", Dimension, Enumerable.Range(0, keys.Count * Dimension).Select(_ => random.NextSingle())),
        ];
        if (shape == RandomShape.Dynamic)
        {
            columns.Add(SourceColumn.Dynamic(keys.Select(key => $$"""{"key":{{key}},"color":"{{(random.Next(2) == 0 ? "red" : "blue")}}","size":{{random.Next(100)}}}""")));
        }

        return columns;
    }

    /// <summary>A key as the text that it is in collections of that shape.</summary>
    public static string KeyText(long key) => $"k{key:00000000}";

    private static FieldSchema Text(string name, int length, bool primary) => new()
    {
        Name = name,
        DataType = DataType.VarChar,
        IsPrimaryKey = primary,
        TypeParams = { new MilvusPair { Key = "max_length", Value = $"{length}" } },
    };
}
