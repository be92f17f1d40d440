using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Target.Dml;

/// <summary>Where rows go.</summary>
/// <param name="Collection">Into which collection.</param>
/// <param name="CalledBy">The name that the client used, perhaps an alias.</param>
/// <param name="Partition">Into which partition; null: each row's partition key says it (of a Delete: all partitions).</param>
internal readonly record struct RowTarget(Collection Collection, string CalledBy, Partition? Partition);
