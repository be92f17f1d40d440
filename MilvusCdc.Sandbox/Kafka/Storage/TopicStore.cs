using System.Collections.Concurrent;

namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>All topics of the broker, and the signal that one of them has grown.</summary>
internal sealed class TopicStore : IDisposable
{
    private readonly ConcurrentDictionary<string, TopicLog> _topics = new(StringComparer.Ordinal);
    private readonly Lock _creating = new();
    private readonly KafkaBrokerOptions _options;
    private TaskCompletionSource _grown = NewSignal();

    /// <param name="options">Where and how much.</param>
    /// <param name="torn">Told of each topic whose torn end was cut off, and by how many bytes.</param>
    public TopicStore(KafkaBrokerOptions options, Action<string, long> torn)
    {
        _options = options;
        if (options.DataDirectory is { } directory)
        {
            Directory.CreateDirectory(directory);
            foreach (string folder in Directory.EnumerateDirectories(directory))
            {
                string name = Path.GetFileName(folder);
                _topics[name] = Open(name, out long cut);
                if (cut > 0)
                {
                    torn(name, cut);
                }
            }
        }
    }

    public IReadOnlyList<string> Names => [.. _topics.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Completes when something has been appended after it was taken.</summary>
    public Task Grown => Volatile.Read(ref _grown).Task;

    public TopicLog? Find(string name) => _topics.GetValueOrDefault(name);

    public TopicLog GetOrCreate(string name)
    {
        if (_topics.TryGetValue(name, out TopicLog? log))
        {
            return log;
        }

        if (!IsName(name))
        {
            throw new ArgumentException($"'{name}' is no topic name: 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-' are allowed, but not '.' or '..'.");
        }

        lock (_creating)
        {
            return _topics.TryGetValue(name, out log) ? log : _topics[name] = Open(name, out _);
        }
    }

    public bool Delete(string name)
    {
        lock (_creating)
        {
            if (!_topics.TryRemove(name, out TopicLog? log))
            {
                return false;
            }

            log.Delete();
        }

        Signal();
        return true;
    }

    public void Signal() => Interlocked.Exchange(ref _grown, NewSignal()).SetResult();

    public void Dispose()
    {
        foreach (TopicLog log in _topics.Values)
        {
            log.Dispose();
        }
    }

    public static bool IsName(string name)
        => name.Length is > 0 and <= 249 && name is not ("." or "..")
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TopicLog Open(string name, out long cut)
    {
        SegmentStore store = new(_options.DataDirectory is { } directory ? Path.Combine(directory, name) : null);
        return new TopicLog(name, store, _options.SegmentBytes, _options.RetentionBytes, out cut);
    }
}
