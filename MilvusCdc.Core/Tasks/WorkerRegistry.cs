using System.Text.Json;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Tasks;

/// <summary>A worker that is there.</summary>
public sealed record WorkerRecord
{
    /// <summary>Its name, by which it owns tasks.</summary>
    public required string Name { get; init; }

    /// <summary>When it took its present lease.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The machine it runs on.</summary>
    public string Machine { get; init; } = "";

    /// <summary>Its version.</summary>
    public string Version { get; init; } = "";
}

/// <summary>A worker as it is shown.</summary>
/// <param name="Record">What it said of itself; null: it is drained, and not there now.</param>
/// <param name="Draining">Whether a person wants it to run nothing.</param>
/// <param name="Tasks">The ids of the tasks it owns, in order.</param>
public sealed record WorkerListing(string Name, WorkerRecord? Record, bool Draining, IReadOnlyList<string> Tasks);

/// <summary>Which workers there are, and which shall run nothing. Every method may throw <see cref="EtcdException"/>.</summary>
public sealed class WorkerRegistry(EtcdClient etcd, MetaKeys keys)
{
    /// <summary>Shows a worker for as long as its lease holds.</summary>
    public Task RegisterAsync(WorkerRecord worker, long lease, CancellationToken cancellation) =>
        etcd.PutAsync(keys.Workers + worker.Name, JsonSerializer.SerializeToUtf8Bytes(worker, TaskJson.Options), lease, cancellation);

    /// <summary>All workers that are there or drained, in order of name.</summary>
    public async Task<IReadOnlyList<WorkerListing>> ListAsync(CancellationToken cancellation)
    {
        EtcdRange present = await etcd.RangeAsync(keys.Workers, options: null, cancellation).ConfigureAwait(false);
        EtcdRange drained = await etcd.RangeAsync(keys.Drains, new EtcdRangeOptions { KeysOnly = true }, cancellation).ConfigureAwait(false);
        EtcdRange owners = await etcd.RangeAsync(keys.Owners, options: null, cancellation).ConfigureAwait(false);
        Dictionary<string, WorkerRecord?> records = present.Items.ToDictionary(item => item.Key[keys.Workers.Length..], static item => Read(item), StringComparer.Ordinal);
        HashSet<string> drains = [.. drained.Items.Select(item => item.Key[keys.Drains.Length..])];
        ILookup<string, string> owned = owners.Items.ToLookup(static item => System.Text.Encoding.UTF8.GetString(item.Value.Span), item => item.Key[keys.Owners.Length..]);
        return
        [
            .. records.Keys.Union(drains).Order(StringComparer.Ordinal)
                .Select(name => new WorkerListing(name, records.GetValueOrDefault(name), drains.Contains(name), [.. owned[name].Order(StringComparer.Ordinal)])),
        ];
    }

    /// <summary>Whether a worker shall run nothing.</summary>
    public async Task<bool> IsDrainingAsync(string worker, CancellationToken cancellation) =>
        await etcd.GetAsync(keys.Drains + worker, cancellation).ConfigureAwait(false) is not null;

    /// <summary>Tells a worker to leave its tasks, each at a cut, to the others, and to take none.</summary>
    public Task DrainAsync(string worker, string by, CancellationToken cancellation) =>
        etcd.PutAsync(keys.Drains + worker, System.Text.Encoding.UTF8.GetBytes(by), lease: 0, cancellation);

    /// <summary>Lets a worker take tasks again. False: it was not drained.</summary>
    public async Task<bool> UndrainAsync(string worker, CancellationToken cancellation) => await etcd.DeleteAsync(keys.Drains + worker, cancellation).ConfigureAwait(false) > 0;

    private static WorkerRecord? Read(EtcdKeyValue stored)
    {
        try
        {
            return JsonSerializer.Deserialize<WorkerRecord>(stored.Value.Span, TaskJson.Options);
        }
        catch (JsonException)
        {
            // A worker of another version: that it is there is known all the same.
            return null;
        }
    }
}
