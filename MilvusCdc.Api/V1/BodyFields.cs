using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MilvusCdc.Api.V1;

/// <summary>Reads the members of one JSON object and remembers every mistake instead of stopping at the first. What is wrong is read as if it were absent.</summary>
internal sealed class BodyFields
{
    private readonly JsonElement _object;
    private readonly string _pointer;
    private readonly List<FieldMistake> _mistakes;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private BodyFields(JsonElement element, string pointer, List<FieldMistake> mistakes)
    {
        _object = element;
        _pointer = pointer;
        _mistakes = mistakes;
    }

    /// <summary>Everything that was wrong so far, here and in the objects inside.</summary>
    public IReadOnlyList<FieldMistake> Mistakes => _mistakes;

    /// <summary>The object itself, to be read again.</summary>
    public JsonElement Element => _object;

    /// <summary>Whether the object has no members.</summary>
    public bool IsEmpty => _object.ValueKind is not JsonValueKind.Object || !_object.EnumerateObject().Any();

    public static BodyFields Of(JsonElement element) => new(element, "", []);

    public static BodyFields Empty() => new(default, "", []);

    /// <summary>A kind of value in words.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };

    /// <summary>Notes a mistake of a member.</summary>
    public void Wrong(string name, string code, string detail) => _mistakes.Add(new FieldMistake(At(name), code, detail));

    /// <summary>Whether the member is stated; null counts as absent.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text; null: absent, or wrong.</summary>
    public string? Text(string name, int longest, bool required = false)
    {
        if (Find(name, required) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is not JsonValueKind.String)
        {
            Type(name, value, "a text");
            return null;
        }

        string text = value.GetString()!;
        int length = Encoding.UTF8.GetByteCount(text);
        if (length == 0 || length > longest)
        {
            Wrong(name, "range", $"has {length} bytes; allowed are 1 to {longest}");
            return null;
        }

        if (text.Any(char.IsControl))
        {
            Wrong(name, "format", "has control characters; allowed is printable text");
            return null;
        }

        return text;
    }

    /// <summary>True or false; null: absent, or wrong.</summary>
    public bool? Flag(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Type(name, value, "true or false");
        return null;
    }

    /// <summary>A number; null: absent, or wrong.</summary>
    public double? Number(string name, double above, double most, string unit)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is not JsonValueKind.Number)
        {
            Type(name, value, "a number");
            return null;
        }

        if (value.TryGetDouble(out double number) && number > above && number <= most)
        {
            return number;
        }

        Wrong(name, "range", string.Create(CultureInfo.InvariantCulture, $"is {Shown(value.GetRawText())}; allowed is more than {above} and at most {most} {unit}"));
        return null;
    }

    /// <summary>One of an enum's names, whatever their case; null: absent, or wrong.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        string[] names = Enum.GetNames<T>();
        if (value.ValueKind is not JsonValueKind.String)
        {
            Type(name, value, $"one of {string.Join(", ", names)}");
            return null;
        }

        string text = value.GetString()!;
        if (Array.Find(names, known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return Enum.Parse<T>(found);
        }

        Wrong(name, "range", $"is '{Shown(text)}'; allowed are {string.Join(", ", names)}");
        return null;
    }

    /// <summary>An object inside; null: absent, or wrong.</summary>
    public BodyFields? Object(string name, bool required = false)
    {
        if (Find(name, required) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.Object)
        {
            return new BodyFields(value, At(name), _mistakes);
        }

        Type(name, value, "an object");
        return null;
    }

    /// <summary>The objects of a list; null: absent, or no list.</summary>
    public IReadOnlyList<BodyFields>? Objects(string name, int most)
    {
        List<BodyFields> objects = [];
        return List(name, most, (value, pointer) =>
        {
            if (value.ValueKind is JsonValueKind.Object)
            {
                objects.Add(new BodyFields(value, pointer, _mistakes));
            }
            else
            {
                _mistakes.Add(new FieldMistake(pointer, "type", $"is {Kind(value)}; allowed is an object"));
            }
        }) ? objects : null;
    }

    /// <summary>The texts of a list; null: absent, or no list.</summary>
    public IReadOnlyList<string>? Texts(string name, int most, bool required = false)
    {
        List<string> texts = [];
        return List(
            name,
            most,
            (value, pointer) =>
            {
                if (value.ValueKind is JsonValueKind.String)
                {
                    texts.Add(value.GetString()!);
                }
                else
                {
                    _mistakes.Add(new FieldMistake(pointer, "type", $"is {Kind(value)}; allowed is a text"));
                }
            },
            required) ? texts : null;
    }

    /// <summary>An object whose members are all texts; null: absent, or wrong.</summary>
    public IReadOnlyDictionary<string, string>? Map(string name, int most)
    {
        if (Object(name) is not { } inner)
        {
            return null;
        }

        Dictionary<string, string> map = new(StringComparer.Ordinal);
        foreach (JsonProperty member in inner._object.EnumerateObject())
        {
            if (member.Value.ValueKind is JsonValueKind.String)
            {
                map[member.Name] = member.Value.GetString()!;
            }
            else
            {
                inner.Type(member.Name, member.Value, "a text");
            }
        }

        if (map.Count > most)
        {
            Wrong(name, "range", $"has {map.Count} members; allowed are at most {most}");
        }

        return map;
    }

    /// <summary>Notes every member that nobody asked for.</summary>
    public void NothingElse()
    {
        if (_object.ValueKind is not JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty member in _object.EnumerateObject().Where(member => !_known.Contains(member.Name)))
        {
            Wrong(member.Name, "unknown", $"is not known here; allowed are {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
        }
    }

    /// <summary>Throws the problem with all mistakes, if there are any.</summary>
    public void ThrowIfWrong()
    {
        if (_mistakes.Count > 0)
        {
            throw Problems.Refuse(ProblemCode.BodyInvalid, _mistakes);
        }
    }

    /// <summary>A value as it may be shown: not longer than a line.</summary>
    internal static string Shown(string value) => value.Length > 60 ? value[..60] + "…" : value;

    private bool List(string name, int most, Action<JsonElement, string> each, bool required = false)
    {
        if (Find(name, required) is not { } value)
        {
            return false;
        }

        if (value.ValueKind is not JsonValueKind.Array)
        {
            Type(name, value, "a list");
            return false;
        }

        if (value.GetArrayLength() > most)
        {
            Wrong(name, "range", $"has {value.GetArrayLength()} entries; allowed are at most {most}");
            return false;
        }

        int index = 0;
        foreach (JsonElement entry in value.EnumerateArray())
        {
            each(entry, string.Create(CultureInfo.InvariantCulture, $"{At(name)}/{index++}"));
        }

        return true;
    }

    private JsonElement? Find(string name, bool required = false)
    {
        _known.Add(name);
        if (_object.ValueKind is JsonValueKind.Object && _object.TryGetProperty(name, out JsonElement value) && value.ValueKind is not JsonValueKind.Null)
        {
            return value;
        }

        if (required)
        {
            Wrong(name, "required", "is missing");
        }

        return null;
    }

    private void Type(string name, JsonElement value, string allowed) => Wrong(name, "type", $"is {Kind(value)}; allowed is {allowed}");

    private string At(string name) => $"{_pointer}/{Shown(name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
