using System.Globalization;

namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>Where one topic's segments live: a folder, or memory when there is none.</summary>
internal sealed class SegmentStore(string? folder)
{
    // Records before it are deleted though the segment that holds them may still be there.
    private string StartFile => Path.Combine(folder!, "start");

    public Segment Create(long baseOffset) => folder is null ? new MemorySegment(baseOffset) : FileSegment.Create(folder, baseOffset);

    /// <summary>The segments that are there, oldest first, and the first offset that may be read. <paramref name="found"/> hears of every batch; <paramref name="cut"/>: bytes of a torn end that were removed.</summary>
    public (List<Segment> Segments, long Start) Load(Action<BatchHeader> found, out long cut)
    {
        cut = 0;
        if (folder is null)
        {
            return ([], 0);
        }

        Directory.CreateDirectory(folder);
        string[] paths = [.. Directory.EnumerateFiles(folder, "*" + FileSegment.Extension).Order(StringComparer.Ordinal)];
        List<Segment> segments = [];
        for (int i = 0; i < paths.Length; i++)
        {
            segments.Add(FileSegment.Recover(paths[i], last: i == paths.Length - 1, found, out cut));
        }

        long start = File.Exists(StartFile) ? long.Parse(File.ReadAllText(StartFile), CultureInfo.InvariantCulture) : 0;
        return (segments, start);
    }

    public void SaveStart(long start)
    {
        if (folder is not null)
        {
            string draft = StartFile + ".new";
            File.WriteAllText(draft, start.ToString(CultureInfo.InvariantCulture));
            File.Move(draft, StartFile, overwrite: true);
        }
    }

    public void Delete()
    {
        if (folder is not null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
