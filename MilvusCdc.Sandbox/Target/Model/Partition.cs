namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>A partition of a collection.</summary>
internal sealed record Partition(long Id, string Name, ulong CreatedAt);
