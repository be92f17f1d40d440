using System.Globalization;
using System.Text;

namespace MilvusCdc.Sandbox.GoApi;

/// <summary>An HTTP/1.x answer, read from its bytes: the requests are such that no HTTP client would send them.</summary>
public sealed record HttpAnswer(int Status, string Body)
{
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    /// <summary>The first whole answer in <paramref name="bytes"/>, interim ones skipped; null: it is not all there yet.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <param name="method">The request's method: an answer to HEAD has no body.</param>
    /// <param name="ended">Whether the server has closed its side, so that no more will come.</param>
    public static HttpAnswer? Parse(ReadOnlySpan<byte> bytes, string method, bool ended = true)
    {
        while (true)
        {
            int end = bytes.IndexOf(HeadEnd);
            if (end < 0)
            {
                return null;
            }

            string[] head = Encoding.Latin1.GetString(bytes[..end]).Split("\r\n");
            ReadOnlySpan<byte> rest = bytes[(end + HeadEnd.Length)..];
            if (head[0].Split(' ') is not [_, var digits, ..] || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int status))
            {
                return null;
            }

            if (status is >= 100 and < 200)
            {
                bytes = rest;
                continue;
            }

            return Rest(head, rest, method, ended) is { } body ? new HttpAnswer(status, body) : null;
        }
    }

    private static string? Rest(string[] head, ReadOnlySpan<byte> rest, string method, bool ended)
    {
        if (method is "HEAD")
        {
            return "";
        }

        if (Header(head, "Transfer-Encoding") is not null)
        {
            return Chunks(rest);
        }

        if (Header(head, "Content-Length") is { } length && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            return rest.Length < count ? null : Encoding.UTF8.GetString(rest[..count]);
        }

        return ended ? Encoding.UTF8.GetString(rest) : null;
    }

    private static string? Chunks(ReadOnlySpan<byte> rest)
    {
        using MemoryStream body = new();
        while (true)
        {
            int line = rest.IndexOf("\r\n"u8);
            if (line < 0 || !int.TryParse(Encoding.Latin1.GetString(rest[..line]).Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int size))
            {
                return null;
            }

            rest = rest[(line + 2)..];
            if (size == 0)
            {
                return Encoding.UTF8.GetString(body.ToArray());
            }

            if (rest.Length < size + 2)
            {
                return null;
            }

            body.Write(rest[..size]);
            rest = rest[(size + 2)..];
        }
    }

    private static string? Header(string[] head, string name) =>
        head.Skip(1).Select(static line => line.Split(':', 2)).Where(parts => parts.Length == 2 && parts[0].Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static parts => parts[1].Trim()).FirstOrDefault();
}
