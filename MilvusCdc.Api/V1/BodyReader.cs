using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace MilvusCdc.Api.V1;

/// <summary>Reads a request's body as one JSON object. Whatever is sent, it ends in an object or in a problem.</summary>
internal static class BodyReader
{
    /// <summary>Largest body of most requests.</summary>
    public const int Standard = 1 << 20;

    /// <summary>Largest body that holds a checkpoint.</summary>
    public const int Large = 8 << 20;

    private const int Deepest = 32;

    /// <summary>The object's members. With <paramref name="optional"/> no body is an empty object.</summary>
    public static async Task<BodyFields> ReadAsync(HttpContext http, int limit, bool optional, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> bytes = await BytesAsync(http, limit, cancellation);
        if (optional && bytes.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            return BodyFields.Empty();
        }

        CheckType(http);
        return Parse(bytes);
    }

    /// <summary>The body as text that is JSON.</summary>
    public static async Task<string> TextAsync(HttpContext http, int limit, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> bytes = await BytesAsync(http, limit, cancellation);
        CheckType(http);
        CheckEncoding(bytes);
        return System.Text.Encoding.UTF8.GetString(bytes.Span);
    }

    /// <summary>The members of the object that the bytes are.</summary>
    public static BodyFields Parse(ReadOnlyMemory<byte> bytes)
    {
        CheckEncoding(bytes);
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = Deepest, AllowDuplicateProperties = false });
            root = document.RootElement.Clone();
        }
        catch (JsonException wrong)
        {
            throw Problems.Refuse(ProblemCode.BodyNotJson, $"The body cannot be read: {wrong.Message}");
        }

        if (root.ValueKind is not JsonValueKind.Object)
        {
            throw Problems.Refuse(ProblemCode.BodyNotJson, $"The body is {BodyFields.Kind(root)}; allowed is a JSON object.");
        }

        return IsText(root) ? BodyFields.Of(root) : throw Problems.Refuse(ProblemCode.BodyNotJson, "The body has a text that is no Unicode: half of a surrogate pair.");
    }

    private static void CheckType(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
        {
            throw Problems.Refuse(ProblemCode.BodyType, $"The body's type is '{http.Request.ContentType}'; allowed is application/json.");
        }

        if (http.Request.GetTypedHeaders().ContentType?.Charset.Value is { Length: > 0 } charset && !charset.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw Problems.Refuse(ProblemCode.BodyType, $"The body's charset is '{charset}'; allowed is utf-8.");
        }
    }

    private static void CheckEncoding(ReadOnlyMemory<byte> bytes)
    {
        if (!Utf8.IsValid(bytes.Span))
        {
            throw Problems.Refuse(ProblemCode.BodyNotJson, "The body is not UTF-8.");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> BytesAsync(HttpContext http, int limit, CancellationToken cancellation)
    {
        V1Exception tooLarge = Problems.Refuse(ProblemCode.BodyTooLarge, $"The body has more than {limit} bytes.");
        if (http.Request.ContentLength > limit)
        {
            throw tooLarge;
        }

        ArrayBufferWriter<byte> body = new();
        try
        {
            while (true)
            {
                int read = await http.Request.Body.ReadAsync(body.GetMemory(16 << 10), cancellation);
                if (read == 0)
                {
                    return body.WrittenMemory;
                }

                body.Advance(read);
                if (body.WrittenCount > limit)
                {
                    throw tooLarge;
                }
            }
        }
        catch (BadHttpRequestException wrong) when (wrong.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw tooLarge;
        }
        catch (BadHttpRequestException wrong)
        {
            throw Problems.Refuse(ProblemCode.BodyNotJson, $"The body cannot be read: {wrong.Message}");
        }
    }

    // A lone surrogate passes the parser as an escape and breaks only when it is read.
    private static bool IsText(JsonElement element)
    {
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.Object => element.EnumerateObject().All(static member => member.Name is not null && IsText(member.Value)),
                JsonValueKind.Array => element.EnumerateArray().All(IsText),
                JsonValueKind.String => element.GetString() is not null,
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
