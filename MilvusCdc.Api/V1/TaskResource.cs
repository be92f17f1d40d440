using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>A task: what it is, what people want of it, and what it is doing.</summary>
public sealed record TaskResource : TaskReport
{
    /// <summary>A task as it is shown.</summary>
    [SetsRequiredMembers]
    internal TaskResource(TaskRecord record, TaskReport? report)
        : base(report ?? Unowned(record))
    {
        Intent = record.Intent;
        CreatedAt = record.CreatedAt;
        ETag = TagOf(record);
        Definition = TaskShape.Of(record.Definition);

        // What a person wants may not have reached the worker yet.
        Reason ??= record.Intent is TaskIntent.Pause ? record.Reason : null;
    }

    /// <summary>What people want of it.</summary>
    public TaskIntent Intent { get; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>Names what people have made of the task; the same as the header of that name. It does not change by what a worker does.</summary>
    [JsonPropertyName("etag")]
    public string ETag { get; }

    /// <summary>What is replicated where to.</summary>
    public TaskShape Definition { get; }

    /// <summary>Of a task that is deleted: how its target lives on without it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HandOver { get; init; }

    /// <summary>The tag of everything that people decide. No secret goes into it: the definition changes with <see cref="TaskRecord.Edits"/> only.</summary>
    internal static string TagOf(TaskRecord record)
    {
        byte[] stated = JsonSerializer.SerializeToUtf8Bytes(new { record.Definition.Id, record.Intent, record.Reason, record.Resumes, record.Edits, record.CreatedAt }, TaskJson.Options);
        return $"\"{Convert.ToHexStringLower(SHA256.HashData(stated).AsSpan(0, 8))}\"";
    }
}

/// <summary>What a task replicates and where to.</summary>
public sealed record TaskShape
{
    /// <summary>The Milvus that is kept equal to the source.</summary>
    public required TargetShape Target { get; init; }

    /// <summary>The collections, as <c>database.collection</c>; <c>*</c> stands for all.</summary>
    public required SelectionShape Collections { get; init; }

    /// <summary>Other names on the target.</summary>
    public IReadOnlyList<MappingShape> Mappings { get; init; } = [];

    /// <summary>Where reading begins when the task has no checkpoint.</summary>
    public TaskStart Start { get; init; }

    /// <summary>Start positions by source vchannel: base64 of a serialized MsgPosition.</summary>
    public IReadOnlyDictionary<string, string> Positions { get; init; } = new Dictionary<string, string>();

    /// <summary>Start position of the channel of operations: base64 of a serialized MsgPosition.</summary>
    public string? OperationPosition { get; init; }

    /// <summary>What happens to changes that need a decision.</summary>
    public required PolicyShape Policies { get; init; }

    /// <summary>Whether the task runs on by itself after a restart of its worker.</summary>
    public bool AutoStart { get; init; }

    internal static TaskShape Of(TaskDefinition task) => new()
    {
        Target = new TargetShape
        {
            Address = task.Target.Address.GetLeftPart(UriPartial.Authority),
            HasToken = task.Target.Token is not null,
            ConnectTimeoutSeconds = task.Target.ConnectTimeout.TotalSeconds,
            Tls = new TlsShape(task.Target.AuthorityFile, task.Target.ClientCertificateFile, task.Target.ClientKeyFile, task.Target.ServerName) is { IsEmpty: false } tls ? tls : null,
            IgnorePartitions = task.Target.IgnorePartitions,
        },
        Collections = new SelectionShape([.. task.Selection.Include.Select(Name)], [.. task.Selection.Exclude.Select(Name)]),
        Mappings = [.. task.Mappings.SelectMany(Show)],
        Start = task.Start,
        Positions = task.Positions,
        OperationPosition = task.OperationPosition,
        Policies = new PolicyShape(task.Policies.Metadata, task.Policies.Unsupported, task.Policies.Refused, task.Policies.ReplicateUsersAndRoles),
        AutoStart = !task.DisableAutoStart,
    };

    private static string Name(CollectionPattern pattern) => $"{pattern.Database}.{pattern.Collection}";

    private static IEnumerable<MappingShape> Show(NameMapping mapping)
    {
        string database = mapping.TargetDatabase.Length > 0 ? mapping.TargetDatabase : mapping.SourceDatabase;
        return mapping.Collections.Count == 0
            ? [new MappingShape($"{mapping.SourceDatabase}.*", $"{database}.*")]
            : mapping.Collections.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(pair => new MappingShape($"{mapping.SourceDatabase}.{pair.Key}", $"{database}.{pair.Value}"));
    }
}

/// <summary>How a target is reached. Its token is never shown.</summary>
public sealed record TargetShape
{
    /// <summary>For example <c>http://10.0.0.7:19530</c>.</summary>
    public required string Address { get; init; }

    /// <summary>Whether a login is used.</summary>
    public bool HasToken { get; init; }

    /// <summary>Seconds within which the first connection must stand.</summary>
    public double ConnectTimeoutSeconds { get; init; }

    /// <summary>TLS settings; absent: the system's.</summary>
    public TlsShape? Tls { get; init; }

    /// <summary>Partitions are neither created nor dropped on the target.</summary>
    public bool IgnorePartitions { get; init; }
}

/// <summary>TLS settings of a target. The files are on the machines that run Api and Worker.</summary>
/// <param name="AuthorityFile">PEM file with the authorities that may sign the target's certificate.</param>
/// <param name="ClientCertificateFile">PEM file of the client's certificate.</param>
/// <param name="ClientKeyFile">PEM file of the client's key.</param>
/// <param name="ServerName">The name that the target's certificate must have.</param>
public sealed record TlsShape(string? AuthorityFile, string? ClientCertificateFile, string? ClientKeyFile, string? ServerName)
{
    internal bool IsEmpty => (AuthorityFile ?? ClientCertificateFile ?? ClientKeyFile ?? ServerName) is null;
}

/// <summary>Collections as <c>database.collection</c>; <c>*</c> stands for all.</summary>
/// <param name="Include">Taken.</param>
/// <param name="Exclude">Left out again.</param>
public sealed record SelectionShape(IReadOnlyList<string> Include, IReadOnlyList<string> Exclude);

/// <summary>Another name on the target: <c>shop.orders</c> to <c>store.sales</c>, or a whole database: <c>shop.*</c> to <c>store.*</c>.</summary>
/// <param name="Source">The name on the source.</param>
/// <param name="Target">The name on the target.</param>
public sealed record MappingShape(string Source, string Target);

/// <summary>What happens to changes that need a decision.</summary>
/// <param name="Metadata">Aliases, renames and properties.</param>
/// <param name="Unsupported">Bulk imports and messages of unknown type.</param>
/// <param name="Refused">Messages that the target refuses for their own sake.</param>
/// <param name="UsersAndRoles">Whether users, roles and privileges are replicated.</param>
public sealed record PolicyShape(MetadataPolicy Metadata, UnsupportedPolicy Unsupported, RefusedPolicy Refused, bool UsersAndRoles);
