using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Plan;

/// <summary>Makes the plan report: the definition, the target from its name up, the source's metadata, the collections on both sides, the log.</summary>
internal sealed class TaskPlanner(SourceConnections source, TaskStore store, TaskCollections collections, TimeProvider time) : ITaskPlanner
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(75);

    public async Task<PlanReport> PlanAsync(PlanSubject subject, CancellationToken cancellation)
    {
        Findings findings = new();
        PlanReport report = new()
        {
            Accepted = false,
            MadeAt = time.GetUtcNow(),
            Target = subject.Task.Target.Address.GetLeftPart(UriPartial.Authority),
            Findings = [],
        };
        foreach (string mistake in TaskValidator.Validate(subject.Task))
        {
            findings.Fail("task.definition", subject.Task.Id, mistake, "mend the task");
        }

        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Limit);
        try
        {
            report = findings.HasErrors ? report : await LookAsync(subject, report, findings, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            findings.Fail("plan.timeout", report.Target, $"the plan was not done within {Limit.TotalSeconds:0} s", "make it again; if that does not help, see which of the findings before this one is the last");
        }
        catch (EtcdException away)
        {
            findings.Fail("store", "the meta store", FaultClassifier.Classify(away).Sentence, "check that the meta store's etcd runs");
        }

        return report with { Accepted = !findings.HasErrors, Findings = findings.All };
    }

    private async Task<PlanReport> LookAsync(PlanSubject subject, PlanReport report, Findings findings, CancellationToken cancellation)
    {
        ReachedTarget? target = await new TargetLayers(subject.Task.Target, findings).ReachAsync(cancellation);
        using IDisposable? client = target?.Client;
        report = report with { TargetVersion = target?.VersionText };
        if (await CatalogAsync(findings, cancellation) is not { } catalog)
        {
            return report;
        }

        report = report with { SourceVersion = await VersionAsync(target, findings, cancellation) };
        Checkpoint? checkpoint = subject.Exists ? await store.FindCheckpointAsync(subject.Task.Id, cancellation) : null;
        IReadOnlyList<CollectionMapping> known = subject.Exists ? await collections.ListAsync(subject.Task.Id, cancellation) : [];
        CollectionLook look = new(subject, catalog, target, known, time, findings);
        IReadOnlyList<CollectionLook.Taken> taken = look.Take();
        Selection(subject, taken, findings);
        report = report with { Collections = await look.CompareAsync(taken, cancellation) };
        NotCopied(subject, checkpoint, taken, findings);
        return await new LogLook(subject, source, checkpoint, time, findings).ReadAsync(taken, cancellation) is { } log
            ? report with { Channels = log.Channels, Backlog = log.Backlog, LogSince = log.Since }
            : report;
    }

    private async Task<CatalogHistory?> CatalogAsync(Findings findings, CancellationToken cancellation)
    {
        try
        {
            await using CatalogWatcher watcher = await source.OpenCatalogAsync(cancellation);
            findings.Ok("source.metadata", "the source's etcd", $"the metadata can be read: {watcher.History.CollectionsAt(ulong.MaxValue).Count()} collections");
            return watcher.History;
        }
        catch (Exception fault) when (fault is EtcdException or CatalogException or CatalogUnavailableException)
        {
            findings.Fail("source.metadata", "the source's etcd", fault.Message, "check Source:Etcd: endpoints, login, and that RootPath and MetaSubPath are those of the source's milvus.yaml");
            return null;
        }
    }

    private async Task<string?> VersionAsync(ReachedTarget? target, Findings findings, CancellationToken cancellation)
    {
        IReadOnlyList<string> versions;
        try
        {
            versions = await source.VersionsAsync(cancellation);
        }
        catch (EtcdException)
        {
            // The metadata beside it could be read a moment ago: a login with few rights. The version is then not known.
            versions = [];
        }

        string text = string.Join(", ", versions);
        MilvusVersion? version = versions.Select(MilvusVersion.Parse).OfType<MilvusVersion>().Order().FirstOrDefault();
        if (version is null)
        {
            findings.Note("source.version", "the source", "no component of the source that runs now says its version", "make sure that the source is Milvus 2.3.2 to 2.5, and that it runs");
            return versions.Count == 0 ? null : text;
        }

        if (!version.IsBefore(MilvusVersion.TooNew))
        {
            findings.Fail("source.version", "the source", $"it is Milvus {text}, which keeps its log in another form", "use Milvus's own replication from 2.6 on");
        }
        else if (version.IsBefore(MilvusVersion.First))
        {
            findings.Warn("source.version", "the source", $"it is Milvus {text}; 2.3.2 is the first that was tried", "update the source, or try it with a target that you can lose");
        }
        else if (target?.Version is { } other && (other.Major, other.Minor).CompareTo((version.Major, version.Minor)) < 0)
        {
            findings.Warn("versions", "both sides", $"the source is Milvus {text}, the target the older {other}: what the source has learnt since cannot be replicated", "update the target to the source's version");
        }
        else
        {
            findings.Ok("source.version", "the source", $"it is Milvus {text}");
        }

        return text;
    }

    private static void Selection(PlanSubject subject, IReadOnlyList<CollectionLook.Taken> taken, Findings findings)
    {
        foreach (CollectionPattern pattern in subject.Task.Selection.Include.Where(pattern => pattern.Collection is not "*" && !taken.Any(one => one.Source == $"{pattern.Database}.{pattern.Collection}")))
        {
            findings.Note("collections.missing", $"{pattern.Database}.{pattern.Collection}", "the source does not have this collection now: the task takes it when it is created", "check the spelling");
        }

        string left = subject.Task.Selection.Exclude.Count == 0 ? "" : $", leaving out {string.Join(", ", subject.Task.Selection.Exclude.Select(static pattern => $"{pattern.Database}.{pattern.Collection}"))}";
        findings.Ok("collections", string.Join(", ", subject.Task.Selection.Include.Select(static pattern => $"{pattern.Database}.{pattern.Collection}")), $"the task takes {taken.Count} {(taken.Count == 1 ? "collection" : "collections")} that the source has now{left}");
    }

    private static void NotCopied(PlanSubject subject, Checkpoint? checkpoint, IReadOnlyList<CollectionLook.Taken> taken, Findings findings)
    {
        if (checkpoint is null && subject.Task is { Start: TaskStart.Latest, Positions.Count: 0 } && taken.Count > 0)
        {
            findings.Warn(
                "data.not_copied", $"{taken.Count} {(taken.Count == 1 ? "collection" : "collections")}", "the task starts at the newest message: rows that were written before its start are not copied",
                "restore a backup on the target first, or start at CollectionStart if the log still has everything");
        }

        findings.Note("data.not_copied", "bulk imports", subject.Task.Policies.Unsupported is UnsupportedPolicy.Block
            ? "bulk imports do not go through the log: the task stops at one and says so"
            : "bulk imports do not go through the log: the task counts and skips them, as its policy says");
        if (!subject.Task.Policies.ReplicateUsersAndRoles)
        {
            findings.Note("data.not_copied", "users and roles", "users, roles and privileges are not replicated unless the policy usersAndRoles is set");
        }

        if (subject.Task.Target.IgnorePartitions)
        {
            findings.Note("data.not_copied", "partitions", "partitions are neither created nor dropped on the target, as the task says");
        }
    }
}
