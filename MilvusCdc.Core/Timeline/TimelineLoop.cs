using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Moves the target through the source's history, round after round. A round of rows only goes into the pipeline; one that holds operations runs alone: what came before
/// each operation is on the target when it runs, and nothing that comes after the round is.
/// </summary>
internal sealed class TimelineLoop(
    RoundSource rounds,
    RoundSender sender,
    Committer committer,
    ShardRegistry shards,
    ChangeApplier changes,
    OperationApplier operationApplier,
    OperationQueue operations,
    LetterReplay letters,
    TargetPresence presence,
    TaskRun run,
    PipelineOptions options,
    TimeProvider time)
{
    /// <summary>Runs until <paramref name="mayStop"/>, then waits until everything that was begun is committed. <paramref name="abort"/> ends it at once.</summary>
    public async Task RunAsync(Func<bool> mayStop, CancellationToken abort)
    {
        while (await rounds.NextAsync(mayStop, abort) is { } round)
        {
            await presence.VerifyAsync(abort);
            if (sender.OthersWait)
            {
                await committer.DrainAsync(abort);
                await sender.LetOthersPassAsync().WaitAsync(abort);
            }

            if (letters.IsWanted)
            {
                await committer.DrainAsync(abort);
                await letters.RunAsync(run.Progress.Frontier, abort);
            }

            if (round.HasOperations)
            {
                await committer.DrainAsync(abort);
                await RunAloneAsync(round, abort);
            }
            else
            {
                long before = run.Progress.HeldBytes - round.Bytes;
                await committer.RoomAsync(before >= options.MaximumBytes ? 1 : options.MaximumRounds, abort);
                await SubmitAsync(round, sender.SendAsync(round.Groups), abort);
            }
        }

        await committer.DrainAsync(abort);
    }

    private async Task RunAloneAsync(Round round, CancellationToken abort)
    {
        var waiting = new List<RowGroup>(round.Groups.Where(IsRows));
        Operation[] afterTick = [.. round.Operations.Where(OperationApplier.RunsAfterTick)];
        foreach ((ulong at, CatalogChange? change, Operation? operation) in InOrder(round))
        {
            List<RowGroup> before = waiting.FindAll(group => group.First <= at);
            waiting.RemoveAll(group => group.First <= at);
            await SendAsync(before, abort);
            if (change is not null)
            {
                using IDisposable wait = run.Progress.Waits.Begin($"the target has not ended a change of the source's metadata ({change.GetType().Name})", time);
                await changes.ApplyAsync(change, abort);
            }
            else if (operation is not null && !OperationApplier.RunsAfterTick(operation))
            {
                await ApplyAsync(operation, abort);
            }
        }

        // A drop message follows the API's drop, which the metadata dates before it.
        await SendAsync(waiting, abort);
        await SubmitAsync(round, sender.SendAsync(round.Groups.Where(group => !IsRows(group))), abort);
        await committer.DrainAsync(abort);
        foreach (Operation operation in afterTick)
        {
            await ApplyAsync(operation, abort);
        }
    }

    private async Task SendAsync(IEnumerable<RowGroup> groups, CancellationToken abort)
    {
        using IDisposable wait = run.Progress.Waits.Begin("the target has not acknowledged the rows that were sent to it", time);
        await sender.SendAsync(groups).WaitAsync(abort);
    }

    private async Task ApplyAsync(Operation operation, CancellationToken abort)
    {
        using IDisposable wait = run.Progress.Waits.Begin($"the target has not ended an operation ({operation.Type})", time);
        await operationApplier.ApplyAsync(operation, abort);
        operations.Done(operation);
    }

    private async Task SubmitAsync(Round round, Task acknowledged, CancellationToken abort)
    {
        IReadOnlyCollection<string> ticking = shards.TargetChannels;
        IReadOnlyList<string> empty = shards.Leave(round);
        committer.Add(round, acknowledged, ticking);
        await rounds.CloseAsync(empty, abort);
    }

    private static bool IsRows(RowGroup group) => group.Kind is MsgType.Insert or MsgType.Delete;

    /// <summary>Changes before operations of the same time: an operation may need the collection that the change makes.</summary>
    private static IEnumerable<(ulong At, CatalogChange? Change, Operation? Operation)> InOrder(Round round) =>
        round.Changes.Select(static change => (change.Timestamp, (CatalogChange?)change, (Operation?)null))
            .Concat(round.Operations.Select(static operation => (operation.Timestamp, (CatalogChange?)null, (Operation?)operation)))
            .OrderBy(static item => item.Item1);
}
