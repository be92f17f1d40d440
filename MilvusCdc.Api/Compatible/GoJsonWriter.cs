using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MilvusCdc.Api.Compatible;

/// <summary>Writes JSON as the Go tool does: no blanks, <c>&lt; &gt; &amp;</c> and line separators escaped, everything else as it is, one newline at the end.</summary>
internal static class GoJsonWriter
{
    public static byte[] Write(JsonNode answer)
    {
        StringBuilder text = new();
        Write(text, answer);
        text.Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject map:
                WriteAll(text, '{', '}', map, static (text, pair) =>
                {
                    WriteText(text, pair.Key);
                    text.Append(':');
                    Write(text, pair.Value);
                });
                break;
            case JsonArray list:
                WriteAll(text, '[', ']', list, Write);
                break;
            case JsonValue value when value.TryGetValue(out string? words):
                WriteText(text, words);
                break;
            case JsonValue value when value.TryGetValue(out bool truth):
                text.Append(truth ? "true" : "false");
                break;
            case JsonValue value when value.TryGetValue(out long number):
                text.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            default:
                text.Append(node.ToJsonString());
                break;
        }
    }

    private static void WriteAll<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Action<StringBuilder, T> write)
    {
        text.Append(open);
        bool first = true;
        foreach (T item in items)
        {
            if (!first)
            {
                text.Append(',');
            }

            first = false;
            write(text, item);
        }

        text.Append(close);
    }

    private static void WriteText(StringBuilder text, string words)
    {
        text.Append('"');
        foreach (char letter in words)
        {
            switch (letter)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '<' or '>' or '&' or '\u2028' or '\u2029' or '\uFFFD' or < ' ':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
                    break;
                default:
                    text.Append(letter);
                    break;
            }
        }

        text.Append('"');
    }
}
