using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MilvusCdc.Api.Compatible;

/// <summary>The request is no JSON, in the words clients know.</summary>
internal sealed class GoJsonException(string message) : Exception(message);

/// <summary>
/// Reads JSON as leniently as the Go tool: numbers such as <c>0123</c> and <c>1.</c>, raw control characters and lone surrogates in strings. Reads without recursion, so that
/// no nesting can end the process; deeper than 10,000 is refused. Repeated keys: the last wins.
/// </summary>
internal sealed class GoJsonReader(ReadOnlyMemory<byte> body)
{
    private const int DeepestNesting = 10_000;
    private static readonly SearchValues<byte> NumberLetters = SearchValues.Create("0123456789+-.eE"u8);
    private int _at;

    /// <summary>The next byte, blanks skipped; 0 at the end.</summary>
    public byte Next()
    {
        ReadOnlySpan<byte> all = body.Span;
        while (_at < all.Length && all[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _at++;
        }

        return _at < all.Length ? all[_at] : (byte)0;
    }

    public void Skip() => _at++;

    public GoJsonException Unexpected() => new($"invalid character '{(char)Next()}' looking for beginning of value");

    /// <summary>Refuses anything after the value but blanks and one NUL.</summary>
    public void End()
    {
        byte next = Next();
        if (_at < body.Length && !(next == 0 && _at == body.Length - 1))
        {
            throw new GoJsonException($"invalid character '{(char)next}' after top-level value");
        }
    }

    public string Key()
    {
        string key = Next() is (byte)'"' ? Text() : throw Unexpected();
        if (Next() is not (byte)':')
        {
            throw new GoJsonException("expected colon after object key");
        }

        _at++;
        return key;
    }

    /// <summary>Whether another element follows; skips the comma or the closing brace.</summary>
    public bool MoreMembers()
    {
        byte next = Next();
        if (next is not ((byte)',' or (byte)'}'))
        {
            throw new GoJsonException("expected comma after object element");
        }

        _at++;
        return next is (byte)',';
    }

    /// <summary>Any value.</summary>
    /// <param name="depth">Of the objects around it.</param>
    /// <param name="heed">False: the value is not wanted, so numbers are not looked at.</param>
    public JsonNode? Value(int depth, bool heed = true)
    {
        Stack<(JsonNode Container, string Key)> open = new();
        while (true)
        {
            JsonNode? value;
            byte first = Next();
            if (first is (byte)'{' or (byte)'[')
            {
                if (depth + open.Count >= DeepestNesting)
                {
                    throw new GoJsonException($"invalid character \"{(char)first}\" exceeded max depth");
                }

                _at++;
                JsonNode container = first is (byte)'{' ? new JsonObject() : new JsonArray();
                if (Next() != Close(container))
                {
                    open.Push((container, container is JsonObject ? Key() : ""));
                    continue;
                }

                _at++;
                value = container;
            }
            else
            {
                value = Scalar(first, heed);
            }

            if (Attach(open, ref value))
            {
                return value;
            }
        }
    }

    public string Text()
    {
        StringBuilder text = new();
        ReadOnlySpan<byte> all = body.Span;
        _at++;
        while (true)
        {
            int length = all[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (length < 0)
            {
                throw new GoJsonException("json: string unexpected end of JSON input");
            }

            text.Append(Encoding.UTF8.GetString(all.Slice(_at, length)));
            _at += length + 1;
            if (all[_at - 1] is (byte)'"')
            {
                return Whole(text);
            }

            Escape(text);
        }
    }

    // True: the value is the outermost one. Else the reader stands before the next value of the innermost container.
    private bool Attach(Stack<(JsonNode Container, string Key)> open, ref JsonNode? value)
    {
        while (open.TryPop(out (JsonNode Container, string Key) around))
        {
            if (around.Container is JsonObject map)
            {
                map[around.Key] = value;
                if (MoreMembers())
                {
                    open.Push((map, Key()));
                    return false;
                }
            }
            else
            {
                around.Container.AsArray().Add(value);
                byte next = Next();
                if (next is not ((byte)',' or (byte)']'))
                {
                    throw new GoJsonException("json: slice unexpected end of JSON input");
                }

                _at++;
                if (next is (byte)',')
                {
                    open.Push((around.Container, ""));
                    return false;
                }
            }

            value = around.Container;
        }

        return true;
    }

    private JsonNode? Scalar(byte first, bool heed) => first switch
    {
        (byte)'"' => JsonValue.Create(Text()),
        (byte)'t' => Word("true", JsonValue.Create(true)),
        (byte)'f' => Word("false", JsonValue.Create(false)),
        (byte)'n' => Word("null", null),
        (byte)'-' or >= (byte)'0' and <= (byte)'9' => Number(heed),
        _ => throw Unexpected(),
    };

    public JsonNode? Word(string word, JsonNode? value)
    {
        ReadOnlySpan<byte> rest = body.Span[_at..];
        for (int i = 0; i < word.Length; i++)
        {
            if (i >= rest.Length || rest[i] != word[i])
            {
                throw new GoJsonException(i >= rest.Length ? $"json: invalid character as {word}" : $"json: invalid character {(char)rest[i]} as {word}");
            }
        }

        _at += word.Length;
        return value;
    }

    private JsonValue Number(bool heed)
    {
        ReadOnlySpan<byte> rest = body.Span[_at..];
        int length = rest.IndexOfAnyExcept(NumberLetters);
        if (length < 0)
        {
            length = rest.Length;
        }

        string digits = Encoding.ASCII.GetString(rest[..length]);
        _at += length;
        if (!heed)
        {
            return JsonValue.Create(0.0);
        }

        if (length < rest.Length && rest[length] is not ((byte)',' or (byte)']' or (byte)'}' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
        {
            throw new GoJsonException("json: float unexpected end of JSON input");
        }

        if (!double.TryParse(digits, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number))
        {
            throw new GoJsonException($"strconv.ParseFloat: parsing {Quoted(digits)}: invalid syntax");
        }

        return double.IsInfinity(number)
            ? throw new GoJsonException($"strconv.ParseFloat: parsing {Quoted(digits)}: value out of range")
            : JsonValue.Create(number);
    }

    private void Escape(StringBuilder text)
    {
        ReadOnlySpan<byte> rest = body.Span[_at..];
        char letter = rest.Length == 0 ? '\0' : (char)rest[0];
        _at++;
        if (letter is 'u')
        {
            text.Append(Hexadecimal(rest[1..]));
            _at += 4;
            return;
        }

        text.Append(letter switch
        {
            '"' or '\\' or '/' => letter,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => throw new GoJsonException("json: escaped string unexpected end of JSON input"),
        });
    }

    private static char Hexadecimal(ReadOnlySpan<byte> digits)
    {
        int code = 0;
        for (int i = 0; i < 4; i++)
        {
            if (i >= digits.Length)
            {
                throw new GoJsonException("json: escaped string unexpected end of JSON input");
            }

            if (!char.IsAsciiHexDigit((char)digits[i]))
            {
                throw new GoJsonException($"json: invalid character {(char)digits[i]} in \\u hexadecimal character escape");
            }

            code = (code << 4) | Convert.ToInt32(((char)digits[i]).ToString(), 16);
        }

        return (char)code;
    }

    // Surrogates that have no partner are no text.
    private static string Whole(StringBuilder text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                text[i] = '\uFFFD';
            }
        }

        return text.ToString();
    }

    private static byte Close(JsonNode container) => (byte)(container is JsonObject ? '}' : ']');

    private static string Quoted(string text) => $"\"{text}\"";
}
