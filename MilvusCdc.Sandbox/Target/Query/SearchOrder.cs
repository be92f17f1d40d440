using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>What a Search asks for: which vectors are near which, and how many of them.</summary>
internal sealed class SearchOrder
{
    private const int MaxRows = 16384;
    private readonly float? _radius;
    private readonly float? _rangeFilter;

    private SearchOrder(FieldSchema field, VectorDistance distance, IReadOnlyList<ByteString> vectors, int rows, int skip, JsonElement inner)
    {
        Field = field;
        Distance = distance;
        Vectors = vectors;
        Rows = rows;
        Skip = skip;
        _radius = Number(inner, "radius");
        _rangeFilter = Number(inner, "range_filter");
    }

    public FieldSchema Field { get; }

    public VectorDistance Distance { get; }

    /// <summary>One a query.</summary>
    public IReadOnlyList<ByteString> Vectors { get; }

    /// <summary>So many rows a query at most.</summary>
    public int Rows { get; }

    /// <summary>So many of the nearest are left out.</summary>
    public int Skip { get; }

    /// <exception cref="RefusalException">The request says what cannot be searched.</exception>
    public static SearchOrder Read(SearchRequest request, Collection collection)
    {
        string name = Parameter(request, "anns_field") ?? "";
        List<FieldSchema> fields = [.. collection.Schema.Fields.Where(one => one.DataType >= DataType.BinaryVector)];
        FieldSchema field = (name.Length == 0 && fields.Count == 1 ? fields[0] : fields.Find(one => one.Name == name))
            ?? throw Refusal.Unexpected($"failed to create query plan: cannot parse expression: {request.Dsl}, error: the vector field ({name}) not exist");
        KeyValuePair? ofIndex = collection.Indexes.Find(one => one.Field == field.Name)?.Parameters.FirstOrDefault(one => one.Key == "metric_type");
        string metric = Parameter(request, "metric_type") is { Length: > 0 } asked ? asked : ofIndex?.Value ?? "L2";
        if (ofIndex is not null && !string.Equals(metric, ofIndex.Value, StringComparison.OrdinalIgnoreCase))
        {
            throw Refusal.BadParameter("metric type not match", ofIndex.Value, metric);
        }

        IReadOnlyList<ByteString> vectors = VectorsOf(request);
        CheckWidth(field, vectors);
        using JsonDocument inner = JsonDocument.Parse(Parameter(request, "params") is { Length: > 0 } json ? json : "{}");
        int rows = Whole(request, "topk", 0), skip = Whole(request, "offset", 0);
        return rows is >= 1 and <= MaxRows
            ? new SearchOrder(field, new VectorDistance(field.DataType, metric), vectors, rows, skip, inner.RootElement)
            : throw Refusal.Unexpected($"topk [{rows}] is invalid, top k should be in range [1, {MaxRows}], but got {rows}");
    }

    /// <summary>Whether a score lies in the ring that was asked for.</summary>
    public bool InRange(float score) => Distance.LargerIsNearer
        ? !(score <= _radius) && !(score > _rangeFilter)
        : !(score >= _radius) && !(score < _rangeFilter);

    private static IReadOnlyList<ByteString> VectorsOf(SearchRequest request)
    {
        try
        {
            PlaceholderGroup group = PlaceholderGroup.Parser.ParseFrom(request.PlaceholderGroup);
            return [.. group.Placeholders.SelectMany(one => one.Values)];
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refusal.Unexpected(Refusal.BadWireFormat);
        }
    }

    private static void CheckWidth(FieldSchema field, IReadOnlyList<ByteString> vectors)
    {
        if (field.TypeParams.FirstOrDefault(one => one.Key == "dim") is not { } dim)
        {
            return;
        }

        int dimension = int.Parse(dim.Value, CultureInfo.InvariantCulture);
        int width = field.DataType switch
        {
            DataType.BinaryVector => dimension / 8,
            DataType.FloatVector => dimension * sizeof(float),
            _ => dimension * sizeof(ushort),
        };
        if (vectors.FirstOrDefault(one => one.Length != width) is { } wrong)
        {
            throw Refusal.Unexpected($"failed to search: vector dimension mismatch, expected vector size(byte) {width}, actual {wrong.Length}.");
        }
    }

    private static string? Parameter(SearchRequest request, string name) => request.SearchParams.FirstOrDefault(one => one.Key == name)?.Value;

    private static int Whole(SearchRequest request, string name, int missing) => Parameter(request, name) switch
    {
        null or "" => missing,
        { } text when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) => number,
        { } text => throw Refusal.BadParameter($"{name} [{text}] is invalid"),
    };

    private static float? Number(JsonElement inner, string name) =>
        inner.ValueKind == JsonValueKind.Object && inner.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetSingle() : null;
}
