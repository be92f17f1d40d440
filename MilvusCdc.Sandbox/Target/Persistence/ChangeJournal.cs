using System.Text;

namespace MilvusCdc.Sandbox.Target.Persistence;

/// <summary>One call that changed a stand-in.</summary>
/// <param name="Milliseconds">The clock when it was handled, Unix milliseconds.</param>
/// <param name="LastId">The last id that had been given before it.</param>
/// <param name="Method">Short name.</param>
/// <param name="Metadata">Headers that a call can depend on.</param>
/// <param name="Request">The request's bytes.</param>
internal sealed record JournalEntry(long Milliseconds, long LastId, string Method, IReadOnlyDictionary<string, string> Metadata, byte[] Request);

/// <summary>
/// The calls that changed a stand-in, in a file: what a restarted process needs to be what it was. An entry is written before its answer leaves, so what was acknowledged is never lost;
/// one that a kill cut off is left out. Nothing is synced: the file survives the process, not the machine.
/// </summary>
internal sealed class ChangeJournal : IDisposable
{
    private static readonly string[] KeptHeaders = ["dbname", "authorization"];
    private readonly FileStream _file;

    private ChangeJournal(FileStream file) => _file = file;

    /// <summary>Opens the file, and returns what it holds. A torn end is cut off.</summary>
    /// <exception cref="IOException">It cannot be opened, or another process has it.</exception>
    public static (ChangeJournal Journal, IReadOnlyList<JournalEntry> Entries) Open(string path)
    {
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
        List<JournalEntry> entries = [];
        long whole = 0;
        using (BinaryReader reader = new(file, Encoding.UTF8, leaveOpen: true))
        {
            while (Next(reader) is { } entry)
            {
                entries.Add(entry);
                whole = file.Position;
            }
        }

        file.SetLength(whole);
        file.Position = whole;
        return (new ChangeJournal(file), entries);
    }

    public void Append(JournalEntry entry)
    {
        using MemoryStream bytes = new();
        using (BinaryWriter writer = new(bytes, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(entry.Milliseconds);
            writer.Write(entry.LastId);
            writer.Write(entry.Method);
            foreach (string header in KeptHeaders)
            {
                writer.Write(entry.Metadata.GetValueOrDefault(header, ""));
            }

            writer.Write(entry.Request.Length);
            writer.Write(entry.Request);
        }

        Span<byte> length = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(length, (int)bytes.Length);
        _file.Write(length);
        _file.Write(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        _file.Flush();
    }

    public void Dispose() => _file.Dispose();

    private static JournalEntry? Next(BinaryReader reader)
    {
        long left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (left < sizeof(int))
        {
            return null;
        }

        int length = reader.ReadInt32();
        if (length <= 0 || length > left - sizeof(int))
        {
            return null;
        }

        long milliseconds = reader.ReadInt64(), lastId = reader.ReadInt64();
        string method = reader.ReadString();
        Dictionary<string, string> metadata = [];
        foreach (string header in KeptHeaders)
        {
            if (reader.ReadString() is { Length: > 0 } value)
            {
                metadata[header] = value;
            }
        }

        return new JournalEntry(milliseconds, lastId, method, metadata, reader.ReadBytes(reader.ReadInt32()));
    }
}
