using System.Text;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.TakeOver;

/// <summary>What becomes of one task of the Go tool.</summary>
public enum TakeOverOutcome
{
    /// <summary>It can be taken over.</summary>
    Ready,

    /// <summary>It was taken over now.</summary>
    TakenOver,

    /// <summary>A task of this id is here already; nothing was changed.</summary>
    AlreadyHere,

    /// <summary>It cannot be taken over; the findings say why and what to do.</summary>
    Refused,
}

/// <summary>One task of the Go tool and what becomes of it. Holds no secret but in <see cref="Record"/>.</summary>
/// <param name="Id">The task's id, which it keeps.</param>
/// <param name="Outcome">What becomes of it.</param>
/// <param name="Summary">What it replicates where to, in words.</param>
/// <param name="Findings">What a person should know, one sentence each; of a refused task: why.</param>
/// <param name="Record">The task as it is stored here; null when refused.</param>
public sealed record TakeOverTask(string Id, TakeOverOutcome Outcome, string Summary, IReadOnlyList<string> Findings, TaskRecord? Record)
{
    /// <inheritdoc/>
    public override string ToString() => $"task '{Id}': {Outcome}";
}

/// <summary>All of them.</summary>
/// <param name="Place">Where the Go tool's tasks were looked for.</param>
/// <param name="Applied">Whether tasks were stored, or only looked at.</param>
/// <param name="Obstacle">Why nothing can be taken over at all, one sentence; null: nothing is in the way.</param>
/// <param name="Tasks">In order of id.</param>
public sealed record TakeOverReport(string Place, bool Applied, string? Obstacle, IReadOnlyList<TakeOverTask> Tasks)
{
    /// <summary>Whether every task was, or can be, taken over.</summary>
    public bool IsComplete => Obstacle is null && Tasks.All(static task => task.Outcome is not TakeOverOutcome.Refused);

    /// <summary>For a person.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        text.AppendLine($"Tasks of the Go tool in etcd under {Place}: {Tasks.Count}");
        foreach (TakeOverTask task in Tasks)
        {
            text.AppendLine($"  {task.Id}: {Word(task.Outcome)}; {task.Summary}");
            foreach (string finding in task.Findings)
            {
                text.AppendLine($"      {finding}");
            }
        }

        if (Obstacle is not null)
        {
            text.AppendLine($"Nothing was taken over: {Obstacle}");
        }
        else if (!Applied && Tasks.Any(static task => task.Outcome is TakeOverOutcome.Ready))
        {
            text.AppendLine("Nothing was changed yet: this was the dry run. Stop the Go tool, and run the same with '--take-over apply'.");
        }

        return text.ToString();
    }

    private static string Word(TakeOverOutcome outcome) => outcome switch
    {
        TakeOverOutcome.Ready => "can be taken over",
        TakeOverOutcome.TakenOver => "taken over",
        TakeOverOutcome.AlreadyHere => "is here already, nothing changed",
        _ => "REFUSED",
    };
}
