using MilvusCdc.Api.Targets;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Compatible;

/// <summary>Serves <c>create</c>: checks the request, the target and the other tasks, in the Go tool's order, and stores the task. It does not wait for a worker.</summary>
internal sealed class TaskCreation(TaskStore store, ITargetProbe probe, CdcOptions options, TimeProvider time)
{
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(10);

    /// <summary>The task's id. A known id is answered with itself and changes nothing. Throws <see cref="CdcRequestException"/>.</summary>
    public async Task<string> CreateAsync(CreateRequest request, CancellationToken cancellation)
    {
        CreateRules.Check(request, options.Api.MaxNameLength, options.Source.ReplicateChannel);
        if (request.Kafka.Address.Length > 0)
        {
            throw CdcRequestException.Client("a kafka downstream is not supported: MilvusCdc replicates to a Milvus only; leave 'kafka_connect_param' out and give 'milvus_connect_param' with a Milvus of 2.3.2 to 2.5 as the target");
        }

        TargetEndpoint target = TargetAddress.Parse(request.Milvus);
        if (await probe.FindObstacleAsync(target, cancellation) is { } obstacle)
        {
            throw CdcRequestException.Server($"fail to connect the milvus: {obstacle}");
        }

        string id = request.TaskId.Length > 0 ? request.TaskId : Guid.NewGuid().ToString("N");
        while (true)
        {
            TaskListing listing = await store.ListAsync(cancellation);
            if (listing.Tasks.FirstOrDefault(task => task.Definition.Id == id) is { } known)
            {
                if (known.Intent is not TaskIntent.Delete)
                {
                    return id;
                }

                await WaitForRemovalAsync(id, cancellation);
                continue;
            }

            TaskRecord record = Accept(request, id, target, listing);
            if (await store.TryCreateAsync(record, listing, cancellation))
            {
                return id;
            }
        }
    }

    private TaskRecord Accept(CreateRequest request, string id, TargetEndpoint target, TaskListing listing)
    {
        List<TaskRecord> living = [.. listing.Tasks.Where(static task => task.Intent is not TaskIntent.Delete)];
        List<TaskDefinition> sameTarget = [.. living.Select(static task => task.Definition).Where(task => task.Target.Address.Authority == target.Address.Authority)];
        if (request.UserRole && sameTarget.Any(static task => task.Policies.ReplicateUsersAndRoles))
        {
            throw CdcRequestException.Client("the enable user role param is duplicate");
        }

        (string database, CollectionInfo collection) = Selected(request);
        CollectionPattern wanted = new(database, collection.Name);
        if (TaskOverlap.Clash(wanted, sameTarget) is { } clash)
        {
            throw CdcRequestException.Client($"the collection name is duplicate with existing task, [{clash.Database}.{clash.Collection}]");
        }

        IReadOnlyList<NameMapping> mappings = Mappings(request, wanted);
        if (living.Count >= options.Api.MaxTasks)
        {
            throw CdcRequestException.Server($"the task num has reach the limit, {options.Api.MaxTasks}");
        }

        StatedPosition.Check(collection.Positions ?? []);
        if (request.RpcPosition.Length > 0)
        {
            StatedPosition.Decode(request.RpcPosition, "rpc position");
        }

        TaskDefinition definition = new()
        {
            Id = id,
            Target = target,
            Selection = new CollectionSelection([wanted], TaskOverlap.LeaveOut(wanted, sameTarget)),
            Mappings = mappings,
            Start = collection.UseStartPosition ? TaskStart.CollectionStart : TaskStart.Latest,
            Positions = (collection.Positions ?? []).Where(static pair => pair.Value.Length > 0)
                .ToDictionary(static pair => pair.Key, static pair => pair.Value.ReplaceLineEndings(""), StringComparer.Ordinal),
            OperationPosition = request.RpcPosition.Length > 0 ? request.RpcPosition.ReplaceLineEndings("") : null,
            Policies = new TaskPolicies
            {
                ReplicateUsersAndRoles = request.UserRole,
                Metadata = Policy(request.MetadataChanges, MetadataPolicy.Replicate),
                Unsupported = Policy(request.UnsupportedChanges, UnsupportedPolicy.Block),
                Refused = Policy(request.RefusedMessages, RefusedPolicy.Block),
            },
            DisableAutoStart = request.DisableAutoStart,
        };
        IReadOnlyList<string> mistakes = TaskValidator.Validate(definition);
        if (mistakes.Count > 0)
        {
            throw CdcRequestException.Client(string.Join("; ", mistakes));
        }

        DateTimeOffset now = time.GetUtcNow();
        return new TaskRecord { Definition = definition, Since = now, CreatedAt = now, Origin = TaskEcho.Origin(request) };
    }

    private static T Policy<T>(string stated, T standard)
        where T : struct, Enum =>
        stated.Length == 0 ? standard : Enum.Parse<T>(stated.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private (string Database, CollectionInfo Collection) Selected(CreateRequest request) => request.Databases is { Count: 1 } databases
        ? (databases.First().Key, databases.First().Value[0])
        : (options.Source.DefaultDatabase, request.Collections![0]);

    private static List<NameMapping> Mappings(CreateRequest request, CollectionPattern selected)
    {
        List<NameMapping> mappings = [];
        foreach (NameMappingInfo mapping in request.Mappings)
        {
            Dictionary<string, string> collections = (mapping.Collections ?? []).ToDictionary(StringComparer.Ordinal);
            IEnumerable<string> names = collections.Count == 0 ? ["*"] : collections.Keys;
            if (!names.All(name => TaskOverlap.Covers(selected, new CollectionPattern(mapping.SourceDatabase, name))))
            {
                throw CdcRequestException.Client("the collection name in the name mapping is not in the collection info, checkout it");
            }

            mappings.Add(new NameMapping(mapping.SourceDatabase, mapping.TargetDatabase, collections));
        }

        return mappings;
    }

    private async Task WaitForRemovalAsync(string id, CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(RemovalPatience);
        try
        {
            while (await store.FindAsync(id, patience.Token) is { Intent: TaskIntent.Delete })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw CdcRequestException.Server($"the task {id} is still being deleted: try again when 'list' of /api/v1/tasks no longer shows it, or choose another task_id");
        }
    }
}
