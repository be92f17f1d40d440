using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>Reads query parameters and remembers every mistake.</summary>
internal sealed class V1Query(HttpContext http)
{
    /// <summary>Entries of a page unless stated.</summary>
    public const int StandardLimit = 100;

    /// <summary>Most entries of a page.</summary>
    public const int MostLimit = 500;

    private readonly List<FieldMistake> _mistakes = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>A text, or null.</summary>
    public string? Text(string name)
    {
        _known.Add(name);
        Microsoft.Extensions.Primitives.StringValues values = http.Request.Query[name];
        if (values.Count > 1)
        {
            Wrong(name, "duplicate", "is stated more than once");
        }

        string? text = values.Count == 0 ? null : values[0];
        if (text is { Length: 0 or > 500 })
        {
            Wrong(name, "range", $"has {text.Length} characters; allowed are 1 to 500");
        }

        return text;
    }

    /// <summary>One of an enum's names, or null.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (Array.Find(Enum.GetNames<T>(), known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return Enum.Parse<T>(found);
        }

        Wrong(name, "range", $"is '{BodyFields.Shown(text)}'; allowed are {string.Join(", ", Enum.GetNames<T>())}");
        return null;
    }

    /// <summary>True or false; false unless stated.</summary>
    public bool Flag(string name)
    {
        if (Text(name) is not { } text)
        {
            return false;
        }

        if (bool.TryParse(text, out bool flag))
        {
            return flag;
        }

        Wrong(name, "type", $"is '{BodyFields.Shown(text)}'; allowed is true or false");
        return false;
    }

    /// <summary>Entries of the page.</summary>
    public int Limit()
    {
        if (Text("limit") is not { } text)
        {
            return StandardLimit;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= MostLimit)
        {
            return limit;
        }

        Wrong("limit", "range", $"is '{BodyFields.Shown(text)}'; allowed are 1 to {MostLimit}");
        return StandardLimit;
    }

    /// <summary>The entry after which the page begins, or null.</summary>
    public string? Cursor()
    {
        if (Text("cursor") is not { } text)
        {
            return null;
        }

        byte[] bytes = new byte[text.Length];
        if (Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out int length) && length > 0)
        {
            return Encoding.UTF8.GetString(bytes, 0, length);
        }

        Wrong("cursor", "format", "is none; allowed is the 'next' of the page before");
        return null;
    }

    /// <summary>What <see cref="Cursor"/> reads.</summary>
    public static string? Next(string? last) => last is null ? null : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(last));

    /// <summary>Throws the problem with all mistakes, unknown parameters among them.</summary>
    public void ThrowIfWrong()
    {
        foreach (string unknown in http.Request.Query.Keys.Where(key => !_known.Contains(key)))
        {
            Wrong(unknown, "unknown", _known.Count == 0 ? "is not known here; no parameter is" : $"is not known here; allowed are {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
        }

        if (_mistakes.Count > 0)
        {
            throw Problems.Refuse(ProblemCode.QueryInvalid, _mistakes);
        }
    }

    /// <summary>The id in the route: what is written %2F there stands for a slash.</summary>
    public static string Id(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private void Wrong(string name, string code, string detail) => _mistakes.Add(new FieldMistake(BodyFields.Shown(name), code, detail));

    /// <summary>Whether a task's text members have what is looked for.</summary>
    internal static bool Mentions(TaskReport task, string text) =>
        task.Id.Contains(text, StringComparison.OrdinalIgnoreCase) || (task.Target ?? "").Contains(text, StringComparison.OrdinalIgnoreCase)
        || task.Collections.Any(collection => collection.SourceName.Contains(text, StringComparison.OrdinalIgnoreCase));
}
