namespace MilvusCdc.Protocol.Etcd;

/// <summary>A key as the store has it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value; empty in a delete event and in a keys-only range.</param>
/// <param name="CreateRevision">The revision that made it; 0 in a delete event.</param>
/// <param name="ModRevision">The revision that changed it last (a delete event: that deleted it).</param>
/// <param name="Version">How often it was written since it was made.</param>
/// <param name="Lease">The lease it hangs on, or 0.</param>
public sealed record EtcdKeyValue(string Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModRevision, long Version, long Lease)
{
    internal static EtcdKeyValue From(Wire.KeyValue wire) =>
        new(wire.Key.ToStringUtf8(), wire.Value.Memory, wire.CreateRevision, wire.ModRevision, wire.Version, wire.Lease);
}
