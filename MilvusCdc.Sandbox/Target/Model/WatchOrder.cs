namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>
/// The data node opens channels one after the other, each waiting for a tick at or above its collection's creation; the query node loads collections the
/// same way. One collection without a tick holds up all behind it (target-behaviour.md 0.A).
/// </summary>
internal sealed class WatchOrder
{
    private readonly List<VirtualChannel> _toWatch = [];
    private readonly List<Collection> _toLoad = [];

    public void Watch(IEnumerable<VirtualChannel> shards) => _toWatch.AddRange(shards);

    public void Load(Collection collection)
    {
        if (!_toLoad.Contains(collection))
        {
            _toLoad.Add(collection);
        }
    }

    public void Release(Collection collection) => _toLoad.Remove(collection);

    public void Settle()
    {
        while (_toWatch.Count > 0 && _toWatch[0].Ticked)
        {
            _toWatch[0].Watched = true;
            _toWatch.RemoveAt(0);
        }

        while (_toLoad.Count > 0 && _toLoad[0].Shards.TrueForAll(s => s.Ticked))
        {
            _toLoad[0].Load!.Done = true;
            _toLoad.RemoveAt(0);
        }
    }
}
