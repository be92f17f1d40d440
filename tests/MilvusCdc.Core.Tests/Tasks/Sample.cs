using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Tasks;

internal static class Sample
{
    public static CollectionPattern Pattern(string name) => new(name.Split('.')[0], name.Split('.')[1]);

    public static TaskDefinition Task(string id, CollectionPattern? include = null, IReadOnlyList<CollectionPattern>? exclude = null, string target = "http://127.0.0.1:19530") => new()
    {
        Id = id,
        Target = new TargetEndpoint { Address = new Uri(target), Token = "root:secret" },
        Selection = new CollectionSelection([include ?? new CollectionPattern("default", id)], exclude ?? []),
    };

    public static TaskRecord Record(string id, TaskIntent intent = TaskIntent.Run, string target = "http://127.0.0.1:19530") => new()
    {
        Definition = Task(id, target: target),
        Intent = intent,
        Since = DateTimeOffset.UnixEpoch,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
