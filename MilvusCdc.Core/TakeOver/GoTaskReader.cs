using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.TakeOver;

/// <summary>Turns a stored task of the Go tool into a definition of ours, without its positions. No I/O but a look whether TLS files exist.</summary>
internal static class GoTaskReader
{
    /// <summary>The definition, or why there is none.</summary>
    public static (TaskDefinition? Definition, string? Obstacle) Read(GoStoredTask stored, string defaultDatabase)
    {
        GoTask task = stored.Task;
        if (task.TaskID != stored.Id)
        {
            return (null, $"its record says that it is task '{task.TaskID}': somebody wrote it by hand; mend the record, or remove it");
        }

        if (task.KafkaConnectParam.Address.Length > 0)
        {
            return (null, $"it writes to Kafka ('{task.KafkaConnectParam.Address}', topic '{task.KafkaConnectParam.Topic}'), which MilvusCdc does not do; keep the Go tool for it, or let the consumers read a Milvus");
        }

        (TargetEndpoint? target, string? obstacle) = GoTarget.Read(task.MilvusConnectParam);
        if (target is null)
        {
            return (null, obstacle);
        }

        List<GoCollection> wanted = [.. task.CollectionInfos ?? [], .. (task.DBCollections ?? new Dictionary<string, IReadOnlyList<GoCollection>>()).Values.SelectMany(static list => list)];
        TaskDefinition definition = new()
        {
            Id = stored.Id,
            Target = target,
            Selection = new CollectionSelection(
                [
                    .. (task.CollectionInfos ?? []).Select(collection => new CollectionPattern(defaultDatabase, collection.Name)),
                    .. (task.DBCollections ?? new Dictionary<string, IReadOnlyList<GoCollection>>()).SelectMany(static pair => pair.Value.Select(collection => new CollectionPattern(pair.Key, collection.Name))),
                ],
                [.. (task.ExcludeCollections ?? []).Select(static name => name.Split('.', 2)).Where(static parts => parts.Length == 2).Select(static parts => new CollectionPattern(parts[0], parts[1]))]),
            Mappings = [.. (task.NameMapping ?? []).Select(static mapping => new NameMapping(mapping.SourceDatabase, mapping.TargetDatabase, mapping.Collections ?? new Dictionary<string, string>()))],
            Start = wanted.Exists(static collection => collection.UseStartPosition) ? TaskStart.CollectionStart : TaskStart.Latest,
            Policies = new TaskPolicies { ReplicateUsersAndRoles = task.ExtraInfo?.UserRole ?? false },
            DisableAutoStart = task.DisableAutoStart,
        };
        IReadOnlyList<string> mistakes = TaskValidator.Validate(definition);
        return mistakes.Count == 0 ? (definition, null) : (null, string.Join("; ", mistakes));
    }

    /// <summary>What the task replicates where to, for a person.</summary>
    public static string Summary(TaskDefinition task) =>
        $"{string.Join(", ", task.Selection.Include.Select(static pattern => $"{pattern.Database}.{pattern.Collection}"))} to {task.Target.Address.GetLeftPart(UriPartial.Authority)}";
}
