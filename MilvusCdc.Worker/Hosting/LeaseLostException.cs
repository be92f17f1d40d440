namespace MilvusCdc.Worker.Hosting;

/// <summary>The worker was fenced: etcd let its lease go, so that its tasks are free for other workers.</summary>
internal sealed class LeaseLostException(string worker, long lease, int tasks, TimeSpan ttl) : Exception(
    $"worker '{worker}' was fenced: its lease {lease} was not renewed for {ttl.TotalSeconds:0} s (the process was stopped, or etcd could not be reached), so its {tasks} tasks are free for other workers; it has stopped writing");
