using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>What poison the stand-in has taken, and whether it is dead of it.</summary>
internal sealed class Health(StandInOptions options)
{
    private readonly List<Poison> _poisons = [];
    private Poison? _killedBy;

    public event EventHandler<Poison>? Poisoned;

    public bool Dead => _killedBy is not null;

    public IReadOnlyList<Poison> Poisons
    {
        get
        {
            lock (_poisons)
            {
                return _poisons.ToList();
            }
        }
    }

    public void Record(Poison poison)
    {
        lock (_poisons)
        {
            _poisons.Add(poison);
        }

        if (options.Mode == StandInMode.Strict || poison.Deadly)
        {
            _killedBy ??= poison;
        }

        Poisoned?.Invoke(this, poison);
    }

    public void Revive() => _killedBy = null;

    public GrpcException Unavailable() => new(GrpcStatus.Unavailable, $"the stand-in is dead: {_killedBy}");
}
