using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Source;

/// <summary>
/// Operations read and not yet done. The replicate channel has no ticks and its order is that of completion, so they are taken by timestamp, while the position
/// to go on from is that of the first one that is not done.
/// </summary>
internal sealed class OperationQueue(string channel)
{
    private readonly Lock _lock = new();
    private readonly List<Operation> _waiting = [];
    private LogPosition _next;

    /// <summary>The replicate channel's name.</summary>
    public string Channel => channel;

    /// <summary>The position after the last message read.</summary>
    public LogPosition Next
    {
        get
        {
            lock (_lock)
            {
                return _next;
            }
        }
    }

    /// <summary>The position from which a restart must read: the first operation that waits, or the end of what was read.</summary>
    public LogPosition Resume
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count > 0 ? _waiting.Min(operation => operation.Position) : _next;
            }
        }
    }

    /// <summary>Whether operations wait.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count == 0;
            }
        }
    }

    /// <summary>States where reading begins.</summary>
    public void Begin(LogPosition position)
    {
        lock (_lock)
        {
            _next = position;
        }
    }

    /// <summary>Adds an operation.</summary>
    public void Add(LogMessage message, Operation operation)
    {
        lock (_lock)
        {
            _waiting.Add(operation);
            _next = SourceReader.After(message.Position);
        }
    }

    /// <summary>Goes past a message that is no operation.</summary>
    public void Pass(LogMessage message)
    {
        lock (_lock)
        {
            _next = SourceReader.After(message.Position);
        }
    }

    /// <summary>The operations up to a timestamp, oldest first; they stay until <see cref="Done"/>.</summary>
    public IReadOnlyList<Operation> UpTo(ulong timestamp)
    {
        lock (_lock)
        {
            return [.. _waiting.Where(operation => operation.Timestamp <= timestamp).OrderBy(operation => operation.Timestamp).ThenBy(operation => operation.Position)];
        }
    }

    /// <summary>Forgets an operation that is done.</summary>
    public void Done(Operation operation)
    {
        lock (_lock)
        {
            _waiting.Remove(operation);
        }
    }
}
