using System.Text.Json.Nodes;

namespace MilvusCdc.Api.Compatible;

/// <summary>The outer object of every request: what is asked, and with what.</summary>
internal sealed record CdcEnvelope(string RequestType, JsonObject Data)
{
    /// <summary>Reads a body. Keys fit whatever the case of their letters; unknown ones are skipped; <c>request_data</c> given twice is merged. Throws <see cref="GoJsonException"/>.</summary>
    public static CdcEnvelope Read(ReadOnlyMemory<byte> body)
    {
        GoJsonReader reader = new(body);
        string type = "";
        JsonObject data = [];
        byte first = reader.Next();
        if (first is (byte)'n')
        {
            reader.Word("null", value: null);
            reader.End();
            return new CdcEnvelope(type, data);
        }

        if (first is not (byte)'{')
        {
            throw reader.Unexpected();
        }

        reader.Skip();
        bool more = reader.Next() is not (byte)'}';
        if (!more)
        {
            reader.Skip();
        }

        while (more)
        {
            string key = reader.Key();
            if (string.Equals(key, "request_type", StringComparison.OrdinalIgnoreCase))
            {
                type = ReadType(reader) ?? type;
            }
            else if (string.Equals(key, "request_data", StringComparison.OrdinalIgnoreCase))
            {
                data = ReadData(reader, data);
            }
            else
            {
                reader.Value(depth: 1, heed: false);
            }

            more = reader.MoreMembers();
        }

        reader.End();
        return new CdcEnvelope(type, data);
    }

    private static string? ReadType(GoJsonReader reader) => reader.Next() switch
    {
        (byte)'"' => reader.Text(),
        (byte)'n' => reader.Word("null", value: null)?.ToString(),
        (byte)'[' => throw NoText("array"),
        (byte)'{' => throw NoText("object"),
        (byte)'-' or >= (byte)'0' and <= (byte)'9' => throw NoText("number"),
        _ => throw reader.Unexpected(),
    };

    private static JsonObject ReadData(GoJsonReader reader, JsonObject before)
    {
        switch (reader.Next())
        {
            case (byte)'n':
                reader.Word("null", value: null);
                return [];
            case (byte)'{':
                foreach ((string key, JsonNode? value) in reader.Value(depth: 1)!.AsObject().ToList())
                {
                    value?.Parent?.AsObject().Remove(key);
                    before[key] = value;
                }

                return before;
            case 0:
                throw reader.Unexpected();
            default:
                throw new GoJsonException("expected { character for map value");
        }
    }

    private static GoJsonException NoText(string kind) => new($"json: cannot unmarshal {kind} into Go struct field CDCRequest.RequestType of type string");
}
