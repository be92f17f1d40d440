using System.Globalization;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Core.Plan;

/// <summary>Looks at the collections a task takes: what their schemas need, and what the target has under their names.</summary>
internal sealed class CollectionLook(PlanSubject subject, CatalogHistory catalog, ReachedTarget? target, IReadOnlyList<CollectionMapping> known, TimeProvider time, Findings findings)
{
    /// <summary>How many collections are compared with the target; more would make the plan slow.</summary>
    private const int Compared = 500;

    private const int AtOnce = 8;
    private readonly NameMap _names = new(subject.Task.Mappings);

    /// <summary>The collections that exist now and belong to the task, with their names on both sides.</summary>
    public IReadOnlyList<Taken> Take() =>
    [
        .. catalog.CollectionsAt(ulong.MaxValue)
            .Select(collection => (Collection: collection, Database: catalog.DatabaseName(collection.DatabaseIdAt(collection.CreatedAt))))
            .Where(one => subject.Task.Selection.Selects(one.Database, one.Collection.NameAt(one.Collection.CreatedAt)))
            .Select(one => Name(one.Collection))
            .OrderBy(static taken => taken.Source, StringComparer.Ordinal),
    ];

    /// <summary>Compares each with the target.</summary>
    public async Task<IReadOnlyList<PlannedCollection>> CompareAsync(IReadOnlyList<Taken> all, CancellationToken cancellation)
    {
        Clashes(all);
        foreach (Taken taken in all)
        {
            Schema(taken);
        }

        PlannedCollection[] planned = [.. all.Select(static taken => Planned(taken, null, "unknown", null))];
        if (target is null)
        {
            return planned;
        }

        if (all.Count > Compared)
        {
            findings.Note("collections.compared", $"{all.Count} collections", $"only the first {Compared} are compared with the target");
        }

        TargetDdl calls = new(target.Client, static () => { }, TargetCalls.Pipeline(new ResilienceOptions(), time));
        using SemaphoreSlim slots = new(AtOnce);
        (PlannedCollection Planned, Action? Tell)[] compared = await Task.WhenAll(all.Take(Compared).Select(async taken =>
        {
            await slots.WaitAsync(cancellation);
            try
            {
                return await CompareAsync(taken, calls, cancellation);
            }
            finally
            {
                slots.Release();
            }
        }));
        for (int i = 0; i < compared.Length; i++)
        {
            planned[i] = compared[i].Planned;
            compared[i].Tell?.Invoke();
        }

        foreach (string missing in all.Select(static taken => taken.TargetDatabase).Distinct(StringComparer.Ordinal).Except(target.Databases, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            findings.Note("target.database", missing, "the target does not have this database yet: the task makes it");
        }

        return planned;
    }

    private Taken Name(SourceCollection collection)
    {
        string database = catalog.DatabaseName(collection.DatabaseIdAt(ulong.MaxValue));
        string name = collection.NameAt(ulong.MaxValue);
        (string targetDatabase, string targetName) = _names.Collection(database, name);
        return new Taken(collection, $"{database}.{name}", targetDatabase, targetName);
    }

    private void Clashes(IReadOnlyList<Taken> all)
    {
        foreach (IGrouping<string, Taken> same in all.GroupBy(static taken => taken.Target, StringComparer.Ordinal).Where(static group => group.Count() > 1))
        {
            findings.Fail(
                "clash.mapping", same.Key, $"{string.Join(" and ", same.Select(static taken => $"'{taken.Source}'"))} would both become '{same.Key}' on the target",
                "change the name mapping so that each collection has a name of its own");
        }

        List<TaskDefinition> rivals = [.. subject.Others.Where(other => other.Id != subject.Task.Id && other.Target.Address.Authority == subject.Task.Target.Address.Authority)];
        foreach (CollectionPattern wanted in subject.Exists ? [] : subject.Task.Selection.Include)
        {
            if (TaskOverlap.Clash(wanted, rivals) is { } clash)
            {
                findings.Fail(
                    "clash.task", $"{clash.Database}.{clash.Collection}", "another task of the same target replicates it already",
                    "leave it out of one of the two tasks, or delete the other task");
            }
        }
    }

    private void Schema(Taken taken)
    {
        foreach ((string feature, MilvusVersion? since) in SchemaNeeds.Of(taken.Collection))
        {
            if (since is null)
            {
                findings.Fail("schema.unsupported", taken.Source, $"{feature} cannot be replicated: no supported version of Milvus has it", "exclude the collection from the task");
            }
            else if (target?.Version is { } version && version.IsBefore(since))
            {
                findings.Fail(
                    "schema.needs_version", taken.Source, $"{feature} needs Milvus {since} or later, the target is {version}", $"update the target to {since} or later, or exclude the collection from the task");
            }
        }
    }

    private async Task<(PlannedCollection Planned, Action? Tell)> CompareAsync(Taken taken, TargetDdl calls, CancellationToken cancellation)
    {
        DescribeCollectionResponse? there;
        long? rows = null;
        try
        {
            there = target!.Databases.Contains(taken.TargetDatabase) ? await calls.DescribeAsync(taken.TargetDatabase, taken.TargetName, cancellation) : null;
            rows = there is null ? null : await CountAsync(taken, calls, cancellation);
        }
        catch (Exception fault) when (fault is MilvusException or GrpcException)
        {
            return (Planned(taken, null, "unknown", null), () => findings.Warn(
                "target.collection", taken.Target, $"the target does not tell what it has under this name: {fault.Message}", "look at the target's own log; make the plan again"));
        }

        if (there is null)
        {
            return (Planned(taken, null, "nothing", null), null);
        }

        string id = there.CollectionID.ToString(CultureInfo.InvariantCulture);
        if (subject.Exists && known.Any(mapping => mapping.TargetId == id))
        {
            return (Planned(taken, there, "same schema", rows), null);
        }

        if (SchemaComparison.FirstDifference(taken.Collection, there) is { } difference)
        {
            return (Planned(taken, null, "other schema", rows), () => findings.Fail(
                "clash.collection", taken.Target, $"the target already has a collection of this name that differs from the source's '{taken.Source}': {difference}",
                "rename or drop it on the target, or map the source's collection to another name"));
        }

        return (Planned(taken, there, "same schema", rows), () => TellOfSame(taken, rows));
    }

    private void TellOfSame(Taken taken, long? rows)
    {
        if (rows is 0)
        {
            findings.Note("target.collection", taken.Target, "the target already has this collection, with the same schema and without rows: the task takes it over");
            return;
        }

        string count = rows?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of";
        findings.Warn(
            "clash.rows", taken.Target, $"the target already has this collection, with the same schema and {count} rows: they stay, and rows that are replicated again are there twice",
            "that is right after a backup was restored; else drop the collection on the target first");
    }

    private static async Task<long?> CountAsync(Taken taken, TargetDdl calls, CancellationToken cancellation)
    {
        GetCollectionStatisticsRequest request = new() { DbName = taken.TargetDatabase, CollectionName = taken.TargetName };
        GetCollectionStatisticsResponse answer = await calls.CallAsync(MilvusMethods.GetCollectionStatistics, request, taken.TargetDatabase, cancellation);
        return answer.Stats.FirstOrDefault(static stat => stat.Key == "row_count")?.Value is { } text
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long rows) ? rows : null;
    }

    private static PlannedCollection Planned(Taken taken, DescribeCollectionResponse? there, string onTarget, long? rows)
    {
        string[] shards = there is null ? [] : [.. there.VirtualChannelNames.OrderBy(VirtualChannel.ShardOf)];
        return new PlannedCollection
        {
            Id = taken.Collection.Id.ToString(CultureInfo.InvariantCulture),
            Source = taken.Source,
            Target = taken.Target,
            Shards = taken.Collection.Shards,
            OnTarget = onTarget,
            TargetRows = rows,
            Mapping = [.. taken.Collection.VirtualChannels.Select((channel, shard) => new PlannedShard(channel, shard < shards.Length ? shards[shard] : null))],
        };
    }

    /// <summary>A collection that the task takes.</summary>
    internal sealed record Taken(SourceCollection Collection, string Source, string TargetDatabase, string TargetName)
    {
        public string Target => $"{TargetDatabase}.{TargetName}";
    }
}
