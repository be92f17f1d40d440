using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Compatible.Metrics;

/// <summary>
/// <c>/cdc/metrics</c>: the Go tool's names and labels, so that its Grafana board goes on working. Requests are those of this process; everything else is what the workers
/// last published, whichever process they are in. One deliberate difference: the read side carries the id of the task itself, not of the first task of the target.
/// </summary>
internal sealed class CdcMetrics(TaskStore store, RequestMeters requests, CdcOptions options)
{
    private const string Path = "/cdc/metrics";

    public async Task HandleAsync(HttpContext http)
    {
        if (http.Request.Path.Value is not Path)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string text = await RenderAsync(http.RequestAborted);
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.WriteAsync(text, http.RequestAborted);
        }
    }

    private async Task<string> RenderAsync(CancellationToken cancellation)
    {
        PrometheusText text = new();
        foreach (((string type, string status), long count) in requests.Totals)
        {
            text.Add("milvus_cdc_request_total", "counter", "cdc request count", count, ("request_status", status), ("request_type", type));
        }

        foreach ((string type, RequestMeters.Latency latency) in requests.Latencies)
        {
            text.AddHistogram("milvus_cdc_request_latency", "cdc request latency on the client side ", RequestMeters.Buckets, latency.Read(), ("request_type", type));
        }

        TaskListing listing = await store.ListAsync(cancellation);
        IReadOnlyDictionary<string, TaskReport> statuses = await store.ListStatusesAsync(cancellation);
        List<TaskRecord> living = [.. listing.Tasks.Where(static task => task.Intent is not TaskIntent.Delete)];
        AddTasks(text, living);
        List<TaskReport> running = [.. living.Select(task => statuses.GetValueOrDefault(task.Definition.Id)).OfType<TaskReport>()];
        foreach (TaskReport status in running)
        {
            AddProgress(text, status);
        }

        // The label names no target, so channels of the same name on two targets are one series, as they are in the Go tool.
        foreach (IGrouping<string, long> channel in running.SelectMany(static status => status.TargetTicks).GroupBy(static tick => tick.Key, static tick => tick.Value, StringComparer.Ordinal).OrderBy(static channel => channel.Key, StringComparer.Ordinal))
        {
            text.Add("milvus_cdc_center_tt", "gauge", "the center ts, unit: ms", channel.Max(), ("channel_name", channel.Key));
        }

        return text.ToString();
    }

    private void AddTasks(PrometheusText text, List<TaskRecord> living)
    {
        foreach (TaskState state in (TaskState[])[TaskState.Initial, TaskState.Paused, TaskState.Running])
        {
            text.Add("milvus_cdc_task_num", "gauge", "cdc task number", living.Count(task => Shown(task) == state), ("task_state", state.ToString()));
        }

        foreach (TaskRecord task in living)
        {
            text.Add("milvus_cdc_task_state", "gauge", "cdc task state", (int)Shown(task), ("task_id", task.Definition.Id));
        }

        foreach (string gone in requests.Deleted.Except(living.Select(static task => task.Definition.Id), StringComparer.Ordinal))
        {
            text.Add("milvus_cdc_task_state", "gauge", "cdc task state", -1, ("task_id", gone));
        }
    }

    private void AddProgress(PrometheusText text, TaskReport status)
    {
        foreach (ChannelStatus channel in status.Channels.Where(static channel => channel.InUse))
        {
            AddTime(text, status.Id, channel.Name, "read", channel.ReadMs);
            AddTime(text, status.Id, channel.Name, "write", channel.AcknowledgedMs);
        }

        if (status.FrontierMs > 0 && status.Channels.Count > 0)
        {
            AddTime(text, status.Id, options.Source.ReplicateChannel, "write", status.FrontierMs);
        }

        foreach (TrafficStatus moved in status.Traffic)
        {
            text.Add(
                "milvus_cdc_replicate_data_size", "counter", "the size of the message", moved.Bytes,
                ("msg_type", moved.Kind), ("op_type", moved.Direction), ("task_id", status.Id), ("vchannel_name", moved.Channel));
        }

        foreach (CollectionStatus collection in status.Collections)
        {
            AddRows(text, status.Id, collection, "insert", collection.Inserted);
            AddRows(text, status.Id, collection, "delete", collection.Deleted);
        }

        foreach ((string method, long count) in status.Calls)
        {
            text.Add("milvus_cdc_api_execute_total", "counter", "the counter of executing api", count, ("api_type", method), ("task_id", status.Id));
        }
    }

    private static void AddTime(PrometheusText text, string task, string channel, string direction, long milliseconds)
    {
        if (milliseconds > 0)
        {
            text.Add(
                "milvus_cdc_replicate_tt", "gauge", "the physical time of the last replicated message, unit: ms", milliseconds,
                ("op_type", direction), ("task_id", task), ("vchannel_name", channel));
        }
    }

    private static void AddRows(PrometheusText text, string task, CollectionStatus collection, string kind, long rows)
    {
        string name = collection.SourceName[(collection.SourceName.IndexOf('.', StringComparison.Ordinal) + 1)..];
        foreach (string direction in (string[])["read", "write"])
        {
            if (rows > 0)
            {
                text.Add(
                    "milvus_cdc_replicate_data_cnt", "counter", "the data count", rows,
                    ("api_type", kind), ("collection_id", collection.Id), ("collection_name", name), ("op_type", direction), ("task_id", task));
            }
        }
    }

    private static TaskState Shown(TaskRecord task) => task.Intent is TaskIntent.Pause ? TaskState.Paused : TaskState.Running;
}
