using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>
/// A segment in an append-only file, named by its first offset. Written through to the operating system at once, not to the disk: it survives the end of the process, not of the machine.
/// </summary>
internal sealed class FileSegment : Segment
{
    public const string Extension = ".log";
    private readonly string _path;
    private readonly SafeFileHandle _file;

    private FileSegment(string path, long baseOffset, FileMode mode)
        : base(baseOffset)
    {
        _path = path;
        _file = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read);
    }

    public static FileSegment Create(string folder, long baseOffset)
        => new(Path.Combine(folder, baseOffset.ToString("D20", CultureInfo.InvariantCulture) + Extension), baseOffset, FileMode.Create);

    /// <summary>Reads the index again. <paramref name="last"/>: a batch that is not whole, or that fails its checksum, ends the segment and is cut off with all behind it. <paramref name="found"/> hears of every batch.</summary>
    public static FileSegment Recover(string path, bool last, Action<BatchHeader> found, out long cut)
    {
        long baseOffset = long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture);
        FileSegment segment = new(path, baseOffset, FileMode.Open);
        long length = RandomAccess.GetLength(segment._file);
        Span<byte> head = stackalloc byte[BatchHeader.Length];
        while (segment.Size + BatchHeader.Length <= length)
        {
            segment.Peek(segment.Size, head);
            if (!BatchHeader.TryRead(head, out BatchHeader header) || header.BaseOffset != segment.NextOffset
                || segment.Size + header.Size > length || (last && !segment.ChecksumHolds(header.Size)))
            {
                break;
            }

            segment.Count(header);
            found(header);
        }

        cut = length - segment.Size;
        if (cut > 0)
        {
            RandomAccess.SetLength(segment._file, segment.Size);
        }

        return segment;
    }

    public override void Delete()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    protected override void Write(long position, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_file, bytes, position);

    protected override void Peek(long position, Span<byte> target)
    {
        int read = 0;
        while (read < target.Length)
        {
            int now = RandomAccess.Read(_file, target[read..], position + read);
            if (now == 0)
            {
                throw new EndOfStreamException($"The log file '{_path}' ends at byte {position + read}, {target.Length - read} bytes too early.");
            }

            read += now;
        }
    }

    protected override BatchBlock View(long position, int length)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        Peek(position, rented.AsSpan(0, length));
        return new BatchBlock(rented.AsMemory(0, length), rented);
    }

    private bool ChecksumHolds(int size)
    {
        using BatchBlock block = View(Size, size);
        return BatchHeader.ChecksumHolds(block.Bytes.Span);
    }
}
