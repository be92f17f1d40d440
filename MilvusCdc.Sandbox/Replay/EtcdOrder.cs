using System.Buffers.Binary;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>
/// Puts the recorded transactions of etcd on the time line of the log. A transaction with a snapshot key says its timestamp. The others stay in their place between those
/// that do; there, the source's clock window (<c>kv/gid/timestamp</c>, saved each 3 s as now + 3 s) tells the time, so that the tombstones that come 20 minutes late are late here too.
/// </summary>
internal static class EtcdOrder
{
    private const long ClockWindowMs = 3000;

    /// <summary>All transactions in recorded order; their times never fall.</summary>
    public static List<EtcdStep> Steps(Recording recording)
    {
        string clockKey = recording.RootPath + "/kv/gid/timestamp", snapshots = RecordedCatalog.SnapshotPrefix(recording);
        List<List<EtcdChange>> transactions = Transactions(recording.EtcdChanges());
        ulong?[] own = [.. transactions.Select(changes => SnapshotTime(changes, snapshots))];

        // A late tombstone carries the timestamp of its drop, so it does not place its transaction.
        ulong newest = 0;
        for (int index = 0; index < own.Length; index++)
        {
            own[index] = own[index] > newest || (own[index] == newest && !IsTombstone(transactions[index], snapshots)) ? own[index] : null;
            newest = own[index] ?? newest;
        }

        ulong[] ceiling = new ulong[own.Length];
        ulong next = ulong.MaxValue;
        for (int index = own.Length - 1; index >= 0; index--)
        {
            next = own[index] ?? next;
            ceiling[index] = next;
        }

        List<EtcdStep> steps = [];
        ulong time = 0;
        for (int index = 0; index < own.Length; index++)
        {
            ulong wanted = own[index] ?? Math.Min(ClockTime(transactions[index], clockKey) ?? 0, ceiling[index]);
            time = Math.Max(time, wanted);
            steps.Add(new EtcdStep(time, transactions[index]));
        }

        return steps;
    }

    private static List<List<EtcdChange>> Transactions(IEnumerable<EtcdChange> changes)
    {
        List<List<EtcdChange>> transactions = [];
        foreach (EtcdChange change in changes)
        {
            if (transactions.Count == 0 || transactions[^1][0].Mod != change.Mod)
            {
                transactions.Add([]);
            }

            transactions[^1].Add(change);
        }

        return transactions;
    }

    private static ulong? SnapshotTime(List<EtcdChange> changes, string snapshots) =>
        changes.Where(change => change.Key.StartsWith(snapshots, StringComparison.Ordinal)).Select(change => RecordedCatalog.TimestampOf(change.Key)).Max();

    private static bool IsTombstone(List<EtcdChange> changes, string snapshots) =>
        changes.TrueForAll(change => !change.Key.StartsWith(snapshots, StringComparison.Ordinal) || RecordedCatalog.IsTombstone(change.Value));

    private static ulong? ClockTime(List<EtcdChange> changes, string clockKey) =>
        changes.Find(change => change.Key == clockKey)?.Value is { Length: 8 } value
            ? MilvusTime.Compose(Math.Max(0, (BinaryPrimitives.ReadInt64BigEndian(value) / 1_000_000) - ClockWindowMs), 0)
            : null;
}
