using MilvusCdc.Protocol.Milvus.Common;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>An index as it was asked for.</summary>
internal sealed record CollectionIndex(long Id, string Name, string Field, IReadOnlyList<KeyValuePair> Parameters)
{
    public bool SameParameters(IEnumerable<KeyValuePair> others) =>
        Parameters.Select(p => (p.Key, p.Value)).ToHashSet().SetEquals(others.Select(p => (p.Key, p.Value)));
}
