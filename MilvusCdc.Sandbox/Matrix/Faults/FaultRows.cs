namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>The rows of the fault matrix.</summary>
internal static class FaultRows
{
    /// <summary>All rows, those after which a task goes on first.</summary>
    public static IReadOnlyList<FaultRow> All { get; } = [.. TargetFaults.Rows, .. LogFaults.Rows, .. EtcdFaults.Rows, .. LetterFaults.Rows, .. FatalFaults.Rows];
}
