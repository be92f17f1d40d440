using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using MilvusCdc.Protocol.Etcd.Wire;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>
/// Names what passes on the wires of the workers and asks an observer about each of it, at the moment at which it happens. Calls to the broker and to the target are those of
/// the worker that has the task. The product has no hooks: everything is seen from outside.
/// </summary>
internal sealed partial class WireTap(string metaRoot, string replicateChannel)
{
    private readonly ConcurrentDictionary<string, int> _flying = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private ulong _tick;
    private int _owner = -1;
    private long _term;
    private long _ticks;

    /// <summary>Asked about everything; true: the worker is dead now, so the call ends here.</summary>
    public Func<WireEvent, ValueTask<bool>>? Observer { get; set; }

    /// <summary>The worker that has the task, or -1.</summary>
    public int Owner => Volatile.Read(ref _owner);

    /// <summary>The newest tick that the target has got from a worker.</summary>
    public ulong NewestTick => Volatile.Read(ref _tick);

    /// <summary>How many ticks the target has got from workers that had the task.</summary>
    public long Ticks => Volatile.Read(ref _ticks);

    /// <summary>Lease of each worker, as granted last.</summary>
    public ConcurrentDictionary<int, long> Leases { get; } = [];

    /// <summary>How often each name was done, over all workers.</summary>
    public ConcurrentDictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>What has begun and is not answered, in words.</summary>
    public string InFlight => string.Join(", ", _flying.Where(one => one.Value > 0).OrderBy(one => one.Key, StringComparer.Ordinal)
        .Select(one => one.Value == 1 ? one.Key : string.Create(CultureInfo.InvariantCulture, $"{one.Value} × {one.Key}")));

    /// <summary>A worker is dead: what it has begun is not in flight any more, and the task is nobody's.</summary>
    public void Died(int worker)
    {
        lock (_lock)
        {
            _flying.Clear();
            if (_owner == worker)
            {
                _owner = -1;
            }
        }
    }

    /// <summary>Looks at a target.</summary>
    public void Attach(TargetServer target) => target.Observer = async call =>
    {
        int owner = Owner;
        if (owner >= 0 && Names(call) is { Count: > 0 } names && await SeeAsync(new WireEvent(owner, names, call.Done)))
        {
            throw new GrpcException(GrpcStatus.Unavailable, "the worker was killed");
        }
    };

    /// <summary>Looks at the etcd of one worker.</summary>
    public void Attach(EtcdProxy etcd, int worker) => etcd.Observer = async call =>
    {
        if (call.Answer is LeaseGrantResponse granted)
        {
            Leases[worker] = granted.ID;
        }

        if (Name(call) is not { } name)
        {
            return;
        }

        if (name == WireNames.Claim && call.Answer is TxnResponse { Succeeded: true })
        {
            lock (_lock)
            {
                _owner = worker;
                _term++;
                _seen.Clear();
            }
        }

        if (await SeeAsync(new WireEvent(worker, [name], call.Done)))
        {
            throw new GrpcException(GrpcStatus.Unavailable, "the worker was killed");
        }
    };

    private async ValueTask<bool> SeeAsync(WireEvent seen)
    {
        string text = string.Join(" + ", seen.Names);
        if (!seen.Done)
        {
            _flying.AddOrUpdate(text, 1, static (_, count) => count + 1);
        }

        List<string> names = [.. seen.Names];
        lock (_lock)
        {
            names.AddRange(seen.Names.Where(name => _seen.Add($"{name} {seen.Done}")).Select(name => WireNames.First + name));
        }

        if (seen.Done)
        {
            foreach (string name in names)
            {
                Counts.AddOrUpdate(name, 1, static (_, count) => count + 1);
            }

            if (seen.Names.Contains(WireNames.Tick))
            {
                Interlocked.Increment(ref _ticks);
            }
        }

        bool killed = Observer is { } observer && await observer(seen with { Names = names });
        if (seen.Done)
        {
            // Until now it was done and not answered.
            _flying.AddOrUpdate(text, 0, static (_, count) => Math.Max(0, count - 1));
        }

        return killed;
    }

    private List<string> Names(TargetCall call)
    {
        if (call.Method != "ReplicateMessage")
        {
            return [call.Method];
        }

        List<string> names = [];
        ReplicateMessageRequest pack = ReplicateMessageRequest.Parser.ParseFrom(call.Request.Span);
        foreach (ByteString message in pack.Msgs)
        {
            MsgBase header = MsgHeader.Parser.ParseFrom(message).Base;
            string? name = header.MsgType switch
            {
                MsgType.Insert => WireNames.Inserts,
                MsgType.Delete => WireNames.Deletes,
                MsgType.TimeTick => WireNames.Tick,
                MsgType.DropCollection or MsgType.DropPartition => WireNames.DropMessage,
                _ => null,
            };
            if (header.MsgType == MsgType.TimeTick && call.Done)
            {
                lock (_lock)
                {
                    _tick = Math.Max(_tick, header.Timestamp);
                }
            }

            if (name is not null && !names.Contains(name))
            {
                names.Add(name);
            }
        }

        return names;
    }

    private string? Name(EtcdCall call) => call.Request switch
    {
        TxnRequest txn => txn.Success.Select(op => NameOfWrite(op.RequestPut?.Key)).FirstOrDefault(name => name is not null),
        RangeRequest range => NameOfRead(range.Key),
        _ => null,
    };

    private string? NameOfWrite(ByteString? key) => Part(key) switch
    {
        "checkpoints" => WireNames.Checkpoint,
        "mappings" => WireNames.Mapping,
        "cuts" => WireNames.CutMark,
        "owners" => WireNames.Claim,
        "targets" => WireNames.ClaimTarget,
        "tasks" => WireNames.Record,
        _ => null,
    };

    private string? NameOfRead(ByteString? key) => Part(key) switch
    {
        "checkpoints" => WireNames.LoadCheckpoint,
        "mappings" => WireNames.LoadMappings,
        _ => null,
    };

    private string? Part(ByteString? key)
    {
        if (key is null || key.Span.Length > 512)
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(key.Span);
        return text.StartsWith(metaRoot + "/", StringComparison.Ordinal) ? text[(metaRoot.Length + 1)..].Split('/')[0] : null;
    }
}
