using MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>What the recording does not hold: rows and collections made first, the clock, and the cases that cannot be walked.</summary>
internal static class RecordedScenes
{
    /// <summary>Names whose later messages speak of a dropped collection.</summary>
    public static readonly HashSet<string> Dropped = ["g45539_f1"];

    /// <summary>Case prefix to the reason why it is not compared.</summary>
    public static readonly IReadOnlyDictionary<string, string> LeftOut = new Dictionary<string, string>
    {
        ["ids.query"] = "the recorded segment was lost by a kill in between: an accident of timing",
        ["ids.count"] = "the recorded segment was lost by a kill in between: an accident of timing",
        ["restart."] = "a server process killed and started: its half-loaded state is not modelled",
        ["flush.persistent-segments"] = "GetPersistentSegmentInfo is not part of our contract",
    };

    /// <summary>Calls whose bytes are not in the recording (megabytes), and the test that covers them.</summary>
    public static readonly IReadOnlyDictionary<string, string> WithoutBytes = new Dictionary<string, string>
    {
        ["size."] = "TargetLimitsTests",
        ["mid.two-ticks-too-big-insert-tick"] = "TargetLimitsTests",
        ["sdk.Insert-"] = "TargetLimitsTests; ordinary Insert is compared in small",
        ["sdk.Delete-"] = "ordinary Delete is compared with few keys",
        ["flush.insert-200"] = "the scene before flush.after-insert makes the rows",
    };

    /// <summary>Milliseconds before a query, where they matter.</summary>
    public static readonly IReadOnlyDictionary<string, int> Passed = new Dictionary<string, int> { ["dml.rows-above-tick-6s-later"] = 6000 };

    public static readonly IReadOnlyDictionary<string, Func<RecordedWalk, Task>> Before = new Dictionary<string, Func<RecordedWalk, Task>>
    {
        ["delo.delete-1-at-T"] = walk => walk.InsertAsync("pb_delo", 1, Keys(1, 19)),
        ["dml.upsert-delete-insert"] = walk => walk.InsertAsync("pb_dml2", 1, Keys(21, 22)),
        ["dml.upsert-basets-0"] = walk => walk.InsertAsync("pb_dml2", 1, Keys(23, 23)),
        ["dml.same-pk-newer-ts"] = walk => walk.InsertAsync("pb_dml2", 1, Keys(35, 35)),
        ["dml.same-pk-deleted"] = walk => walk.DeleteAsync("pb_dml2", 35),
        ["malformed.num_rows-0.next-good-row"] = walk => walk.InsertAsync("pb_m_num_rows_0", 1, Keys(9, 9)),
        ["malformed.wrong-dim.next-good-row"] = walk => walk.InsertAsync("pb_m_wrong_dim", 1, Keys(9, 9)),
        ["ddl2.insert-into-new-partition"] = walk => walk.TickAllAsync(),
        ["fb.flush-E-while-D-is-in-the-future"] = walk => TickAtAsync(walk, 470638999402446848),
        ["flush.empty-collection"] = walk => TickAtAsync(walk, 470639034400000000),
        ["flush.after-insert"] = walk => walk.InsertAsync("pb_fl", 1, Keys(0, 199)),
        ["flush.count-after-delete-in-sealed"] = async walk =>
        {
            walk.MoveTo(470639037100000000);
            await walk.DeleteAsync("pb_fl", 1, 2);
        },
        ["drop.api-only"] = walk => walk.CreateAsync("g45539_f1", 470639033637605365, 10),
        ["drop.msgonly.before"] = async walk =>
        {
            await walk.CreateAsync("g45539_f2", 470639033637605465, 12);
            await walk.InsertAsync("g45539_f2", 1, Keys(1, 2));
        },
        ["drop.part.before"] = async walk =>
        {
            await walk.CreateAsync("g45539_f3", 470639033637605529, 13);
            walk.Milvus.PlacePartition("g45539_f3", "p1", 470639033637605553);
            await walk.Driver.DoAsync("CreatePartition", new CreatePartitionRequest { CollectionName = "g45539_f3", PartitionName = "p1" });
            await walk.InsertAsync("g45539_f3", 1, Keys(1, 1), 470639033637605553);
            await walk.InsertAsync("g45539_f3", 1, Keys(2, 2));
        },
        ["drop.N-without-replicateInfo"] = walk => walk.CreateAsync("g45539_f4"),
    };

    public static bool IsLeftOut(RecordedCall call) => LeftOut.Keys.Any(prefix => call.Case.StartsWith(prefix, StringComparison.Ordinal));

    private static Task TickAtAsync(RecordedWalk walk, ulong moment)
    {
        walk.MoveTo(moment);
        return walk.TickAllAsync();
    }

    private static IEnumerable<object> Keys(long first, long last) => Enumerable.Range((int)first, (int)(last - first + 1)).Select(k => (object)(long)k);
}
