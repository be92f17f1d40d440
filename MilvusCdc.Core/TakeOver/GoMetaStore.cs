using System.Text.Json;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.TakeOver;

/// <summary>Reads what the Go tool keeps in etcd. Never writes there. Every method may throw <see cref="EtcdException"/>.</summary>
internal sealed class GoMetaStore(EtcdClient etcd, string root)
{
    private string Tasks => $"{root}/task_info/";

    private string Positions => $"{root}/task_position/";

    /// <summary>Where it looks, in words.</summary>
    public string Place => $"{Tasks}…";

    /// <summary>Everything at one moment; the root may have been stated with a slash before it.</summary>
    public async Task<GoMetaContent> ReadAsync(CancellationToken cancellation)
    {
        GoMetaContent content = await ReadAsync("", cancellation).ConfigureAwait(false);
        return content.Tasks.Count > 0 || content.Unreadable.Count > 0 ? content : await ReadAsync("/", cancellation).ConfigureAwait(false);
    }

    private async Task<GoMetaContent> ReadAsync(string before, CancellationToken cancellation)
    {
        EtcdRange tasks = await etcd.RangeAsync(before + Tasks, null, cancellation).ConfigureAwait(false);
        EtcdRange positions = await etcd.RangeAsync(before + Positions, null, cancellation).ConfigureAwait(false);
        List<GoStoredTask> found = [];
        List<(string Id, string Why)> unreadable = [];
        foreach (EtcdKeyValue item in tasks.Items)
        {
            string id = item.Key[(before.Length + Tasks.Length)..];
            try
            {
                string prefix = $"{before}{Positions}{id}/";
                GoPositions[] own = [.. positions.Items.Where(position => position.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(static position => GoPositions.Read(position.Value.Span))];
                found.Add(new GoStoredTask(id, GoTask.Read(item.Value.Span), GoJson.Echo(item.Value.Span), own));
            }
            catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
            {
                unreadable.Add((id, $"its record, or one of its positions, cannot be read: {wrong.Message}"));
            }
        }

        return new GoMetaContent(found, unreadable, positions.Items.Count == 0 ? 0 : positions.Items.Max(static item => item.ModRevision));
    }
}

/// <summary>Everything the Go tool keeps.</summary>
/// <param name="Tasks">In order of id.</param>
/// <param name="Unreadable">Ids of records that are none, and why.</param>
/// <param name="NewestPosition">etcd's revision of the position written last; it moves as long as the Go tool runs.</param>
internal sealed record GoMetaContent(IReadOnlyList<GoStoredTask> Tasks, IReadOnlyList<(string Id, string Why)> Unreadable, long NewestPosition);

/// <summary>One task with its positions.</summary>
internal sealed record GoStoredTask(string Id, GoTask Task, JsonElement Echo, IReadOnlyList<GoPositions> Positions);
