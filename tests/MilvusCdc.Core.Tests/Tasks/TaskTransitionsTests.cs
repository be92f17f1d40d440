using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;
using static MilvusCdc.Core.Tasks.TaskAction;
using static MilvusCdc.Core.Tasks.TaskGoal;
using static MilvusCdc.Core.Tasks.TaskPhase;

namespace MilvusCdc.Core.Tests.Tasks;

/// <summary>The whole life of a task as a table: a phase and what happens, then the next phase and what is done.</summary>
public class TaskTransitionsTests
{
    private static readonly Fault Away = new(FaultAction.Retry, "target.unavailable", "x", "y", "z");
    private static readonly Fault Stale = Away with { Action = FaultAction.Refresh };
    private static readonly Fault Refused = Away with { Action = FaultAction.Block };
    private static readonly Fault Lost = Away with { Action = FaultAction.Gap };
    private static readonly Fault Hopeless = Away with { Action = FaultAction.Fail };

    private static readonly TaskEvent Progressed = new TaskEvent.Progressed();
    private static readonly TaskEvent Ended = new TaskEvent.EngineEnded();
    private static readonly TaskEvent Due = new TaskEvent.RetryDue();
    private static readonly TaskEvent Pause_ = new TaskEvent.PauseRequested();
    private static readonly TaskEvent Resume = new TaskEvent.ResumeRequested();
    private static readonly TaskEvent Delete_ = new TaskEvent.DeleteRequested();
    private static readonly TaskEvent Release_ = new TaskEvent.ReleaseRequested();
    private static readonly TaskEvent Gone = new TaskEvent.OwnershipLost();
    private static readonly TaskEvent Forgotten = new TaskEvent.Forgotten();

    private static TaskEvent Fault(Fault fault) => new TaskEvent.Faulted(fault);

    private sealed record Row(string Name, TaskPhase Phase, TaskGoal Goal, bool Engine, TaskEvent Event, TaskPhase NextPhase, TaskGoal NextGoal, bool NextEngine, TaskAction[] Actions);

    private static readonly Row[] Table =
    [
        new("first rows arrive", Starting, Run, true, Progressed, Streaming, Run, true, []),
        new("rows go on arriving", Streaming, Run, true, Progressed, Streaming, Run, true, []),
        new("late news of an ended engine", Retrying, Run, false, Progressed, Retrying, Run, false, []),

        new("target away while starting", Starting, Run, true, Fault(Away), Retrying, Run, false, [ScheduleRetry]),
        new("target away while streaming", Streaming, Run, true, Fault(Away), Retrying, Run, false, [ScheduleRetry]),
        new("memory of the target out of date", Streaming, Run, true, Fault(Stale), Retrying, Run, false, [ScheduleRetry]),
        new("target refuses", Starting, Run, true, Fault(Refused), Blocked, Run, false, []),
        new("gap in the log", Streaming, Run, true, Fault(Lost), GapDetected, Run, false, []),
        new("contradiction", Streaming, Run, true, Fault(Hopeless), Failed, Run, false, []),
        new("engine ends unasked", Streaming, Run, true, Ended, Retrying, Run, false, [ScheduleRetry]),
        new("delay is over", Retrying, Run, false, Due, Starting, Run, true, [StartEngine]),
        new("delay of before is over", Streaming, Run, true, Due, Streaming, Run, true, []),

        new("pause while starting", Starting, Run, true, Pause_, Draining, Pause, true, [StopEngine]),
        new("pause while streaming", Streaming, Run, true, Pause_, Draining, Pause, true, [StopEngine]),
        new("drained", Draining, Pause, true, Ended, Paused, Pause, false, [RecordPaused]),
        new("drain fails", Draining, Pause, true, Fault(Away), Paused, Pause, false, [RecordPaused]),
        new("pause between attempts", Retrying, Run, false, Pause_, Paused, Pause, false, [CancelRetry, RecordPaused]),
        new("pause while blocked", Blocked, Run, false, Pause_, Paused, Pause, false, [CancelRetry, RecordPaused]),
        new("pause at a gap", GapDetected, Run, false, Pause_, Paused, Pause, false, [CancelRetry, RecordPaused]),
        new("pause twice", Paused, Pause, false, Pause_, Paused, Pause, false, []),

        new("resume", Paused, Pause, false, Resume, Starting, Run, true, [CancelRetry, RecordRunning, StartEngine]),
        new("resume while draining", Draining, Pause, true, Resume, Draining, Run, true, [RecordRunning]),
        new("drained, but resumed meanwhile", Draining, Run, true, Ended, Starting, Run, true, [StartEngine]),
        new("drain failed, but resumed meanwhile", Draining, Run, true, Fault(Away), Starting, Run, true, [StartEngine]),
        new("pause again while draining", Draining, Run, true, Pause_, Draining, Pause, true, []),
        new("resume while streaming", Streaming, Run, true, Resume, Streaming, Run, true, []),
        new("try again now", Retrying, Run, false, Resume, Starting, Run, true, [CancelRetry, RecordRunning, StartEngine]),
        new("mended, go on", Blocked, Run, false, Resume, Starting, Run, true, [CancelRetry, RecordRunning, StartEngine]),
        new("go on in spite of it", Failed, Run, false, Resume, Starting, Run, true, [CancelRetry, RecordRunning, StartEngine]),

        new("delete while streaming", Streaming, Run, true, Delete_, Draining, Delete, true, [StopEngine]),
        new("delete while draining", Draining, Pause, true, Delete_, Draining, Delete, true, []),
        new("drained for deletion", Draining, Delete, true, Ended, Draining, Delete, false, [Forget]),
        new("drain for deletion fails", Draining, Delete, true, Fault(Away), Draining, Delete, false, [Forget]),
        new("delete while paused", Paused, Pause, false, Delete_, Draining, Delete, false, [CancelRetry, Forget]),
        new("delete at a fault", Retrying, Run, false, Delete_, Draining, Delete, false, [CancelRetry, Forget]),
        new("forgotten", Draining, Delete, false, Forgotten, Draining, Delete, false, [End]),
        new("forgetting fails", Draining, Delete, false, new TaskEvent.ForgetFailed(Away), Draining, Delete, false, [ScheduleRetry]),
        new("forget again", Draining, Delete, false, Due, Draining, Delete, false, [Forget]),
        new("no way back from a deletion", Draining, Delete, true, Resume, Draining, Delete, true, []),

        new("worker stops while streaming", Streaming, Run, true, Release_, Draining, Release, true, [StopEngine]),
        new("drained for the next worker", Draining, Release, true, Ended, Draining, Release, false, [End]),
        new("worker stops while draining", Draining, Pause, true, Release_, Draining, Release, true, []),
        new("worker stops between attempts", Retrying, Run, false, Release_, Retrying, Release, false, [CancelRetry, End]),
        new("worker stops while paused", Paused, Pause, false, Release_, Paused, Release, false, [CancelRetry, End]),
        new("worker stops while forgetting", Draining, Delete, false, Release_, Draining, Release, false, [CancelRetry, End]),
        new("lease lost while streaming", Streaming, Run, true, Gone, Streaming, Release, false, [CancelRetry, StopEngine, End]),
        new("lease lost while paused", Paused, Pause, false, Gone, Paused, Release, false, [CancelRetry, StopEngine, End]),
    ];

    public static TheoryData<string> Names => [.. Table.Select(static row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Next_leads_to(string name)
    {
        Row row = Table.Single(row => row.Name == name);

        Transition transition = TaskTransitions.Next(new TaskCondition(row.Phase, row.Goal, row.Engine, Attempt: 2), row.Event);

        Assert.Equal((row.NextPhase, row.NextGoal, row.NextEngine), (transition.Next.Phase, transition.Next.Goal, transition.Next.EngineRuns));
        Assert.Equal(row.Actions, transition.Actions);
    }

    [Fact]
    public void Attempts_count_until_there_is_progress()
    {
        TaskCondition running = TaskTransitions.Begin(TaskIntent.Run).Next;
        TaskCondition once = TaskTransitions.Next(running, Fault(Away)).Next;
        TaskCondition twice = TaskTransitions.Next(TaskTransitions.Next(once, Due).Next, Fault(Away)).Next;
        TaskCondition again = TaskTransitions.Next(TaskTransitions.Next(twice, Due).Next, Progressed).Next;

        Assert.Equal((1, 2, 0), (once.Attempt, twice.Attempt, again.Attempt));
        Assert.Same(Away, TaskTransitions.Next(twice, Due).Next.Fault);
        Assert.Null(again.Fault);
    }

    [Theory]
    [InlineData(TaskIntent.Run, Starting, new[] { RecordRunning, StartEngine })]
    [InlineData(TaskIntent.Pause, Paused, new[] { RecordPaused })]
    [InlineData(TaskIntent.Delete, Draining, new[] { Forget })]
    public void Begin_does_what_is_wanted(TaskIntent intent, TaskPhase phase, TaskAction[] actions)
    {
        Transition begin = TaskTransitions.Begin(intent);

        Assert.Equal(phase, begin.Next.Phase);
        Assert.Equal(actions, begin.Actions);
    }

    [Fact]
    public void No_way_leads_to_two_engines_or_to_forgetting_under_a_running_one()
    {
        TaskEvent[] all = [Progressed, Ended, Fault(Away), Fault(Refused), Fault(Lost), Due, Pause_, Resume, Delete_, Release_, Forgotten, new TaskEvent.ForgetFailed(Away)];
        Queue<TaskCondition> open = new(Enum.GetValues<TaskIntent>().Select(static intent => TaskTransitions.Begin(intent).Next));
        HashSet<TaskCondition> seen = [.. open];
        while (open.TryDequeue(out TaskCondition? condition))
        {
            foreach (TaskEvent occurred in all)
            {
                Transition transition = TaskTransitions.Next(condition, occurred);
                bool starts = transition.Actions.Contains(StartEngine);
                bool ended = condition.EngineRuns && occurred is TaskEvent.EngineEnded or TaskEvent.Faulted;
                Assert.True(!starts || transition.Next.EngineRuns, $"{condition} {occurred} starts an engine that does not count as running");
                Assert.True(!starts || !condition.EngineRuns || ended, $"{condition} {occurred} starts a second engine");
                Assert.True(starts || !transition.Next.EngineRuns || condition.EngineRuns, $"{condition} {occurred} claims an engine that nobody started");
                Assert.True(!transition.Actions.Contains(Forget) || !transition.Next.EngineRuns, $"{condition} {occurred} forgets under a running engine");

                TaskCondition next = transition.Next with { Attempt = 0, Fault = null };
                if (!transition.Actions.Contains(End) && seen.Add(next))
                {
                    open.Enqueue(next);
                }
            }
        }

        Assert.Equal(Enum.GetValues<TaskPhase>().Except([Failed]).Order(), seen.Select(static condition => condition.Phase).Distinct().Order());
    }
}
