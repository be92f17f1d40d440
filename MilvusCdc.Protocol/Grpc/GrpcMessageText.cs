using System.Globalization;
using System.Text;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>The encoding of the <c>grpc-message</c> header: UTF-8 with control bytes, '%' and non-ASCII bytes as %XX, and nothing else escaped.</summary>
internal static class GrpcMessageText
{
    public static string Escape(string text)
    {
        bool plain = true;
        foreach (char c in text)
        {
            plain &= c is >= ' ' and <= '~' and not '%';
        }

        if (plain)
        {
            return text;
        }

        StringBuilder escaped = new(text.Length + 16);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= 0x20 and <= 0x7e and not (byte)'%')
            {
                escaped.Append((char)b);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return escaped.ToString();
    }

    /// <summary>Never fails: what is not a valid escape stays as it is.</summary>
    public static string Unescape(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        byte[] raw = Encoding.UTF8.GetBytes(text);
        byte[] plain = new byte[raw.Length];
        int length = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            bool escape = raw[i] == '%' && i + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[i + 1]) && char.IsAsciiHexDigit((char)raw[i + 2]);
            plain[length++] = escape ? Convert.FromHexString([(char)raw[i + 1], (char)raw[i + 2]])[0] : raw[i];
            i += escape ? 2 : 0;
        }

        return Encoding.UTF8.GetString(plain, 0, length);
    }
}
