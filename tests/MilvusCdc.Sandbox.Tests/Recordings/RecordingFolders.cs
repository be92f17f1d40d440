using System.IO.Compression;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Tests.Recordings;

/// <summary>The repository's recordings, and throw-away copies of them that a test may damage.</summary>
internal sealed class RecordingFolders : IDisposable
{
    private RecordingFolders(string folder) => Folder = folder;

    public string Folder { get; }

    public static Recording Open(string name) => Recording.Open(PathOf(name));

    public static string PathOf(string name)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "MilvusCdc.sln")))
        {
            root = Path.GetDirectoryName(root);
        }

        return Path.Combine(root ?? throw new InvalidOperationException("the tests do not run inside the repository"), "recordings", name);
    }

    public static RecordingFolders Copy(string name)
    {
        string source = PathOf(name), target = Directory.CreateTempSubdirectory("recording-").FullName;
        Directory.CreateDirectory(Path.Combine(target, "topics"));
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(target, Path.GetRelativePath(source, file)));
        }

        return new RecordingFolders(target);
    }

    /// <summary>Rewrites one gzipped file's lines.</summary>
    public void Edit(string file, Func<List<string>, IEnumerable<string>> edit)
    {
        string path = Path.Combine(Folder, file);
        List<string> lines = [];
        using (StreamReader reader = new(new GZipStream(File.OpenRead(path), CompressionMode.Decompress)))
        {
            while (reader.ReadLine() is { } line)
            {
                lines.Add(line);
            }
        }

        using StreamWriter writer = new(new GZipStream(File.Create(path), CompressionMode.Compress));
        foreach (string line in edit(lines))
        {
            writer.WriteLine(line);
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
