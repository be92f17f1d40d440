using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MilvusCdc.Sandbox.Recordings;

/// <summary>Reads the gzipped JSON (Lines) files of a recording; says file and line of what it cannot read.</summary>
internal static class RecordingFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowReadingFromString };

    /// <summary>Each line as a <typeparamref name="T"/>, read as it is asked for.</summary>
    public static IEnumerable<T> Lines<T>(string path)
        where T : class
    {
        int number = 0;
        foreach (string line in TextLines(path))
        {
            number++;
            if (line.Length != 0)
            {
                yield return Parse<T>(line, path, number);
            }
        }
    }

    /// <summary>How many lines the file has.</summary>
    public static long Count(string path) => TextLines(path).LongCount(line => line.Length != 0);

    /// <summary>The whole file as one JSON document. Gzipped when the name ends with <c>.gz</c>.</summary>
    public static JsonDocument Document(string path)
    {
        try
        {
            using Stream stream = Open(path);
            return JsonDocument.Parse(stream);
        }
        catch (Exception fault) when (fault is JsonException or InvalidDataException or IOException)
        {
            throw new RecordingException($"{path} is damaged: {FirstSentence(fault)}.", fault);
        }
    }

    /// <summary>A value that a line holds as base64.</summary>
    public static byte[] Bytes(string? base64, string path, string what)
    {
        try
        {
            return Convert.FromBase64String(base64 ?? "");
        }
        catch (FormatException fault)
        {
            throw new RecordingException($"{path}: the value of {what} is not base64.", fault);
        }
    }

    private static IEnumerable<string> TextLines(string path)
    {
        using Stream stream = Open(path);
        using StreamReader reader = new(stream);
        int number = 0;
        while (true)
        {
            string? line;
            try
            {
                line = reader.ReadLine();
            }
            catch (Exception fault) when (fault is InvalidDataException or IOException)
            {
                throw new RecordingException($"{path} is damaged after line {number}: {FirstSentence(fault)}.", fault);
            }

            if (line is null)
            {
                yield break;
            }

            number++;
            yield return line;
        }
    }

    private static T Parse<T>(string line, string path, int number)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Options) ?? throw new JsonException("the line is null");
        }
        catch (JsonException fault)
        {
            throw new RecordingException($"{path} line {number} is damaged: {FirstSentence(fault)}.", fault);
        }
    }

    private static Stream Open(string path)
    {
        FileStream file = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static string FirstSentence(Exception fault) => fault.Message.Split(". ")[0].Trim().TrimEnd('.');
}
