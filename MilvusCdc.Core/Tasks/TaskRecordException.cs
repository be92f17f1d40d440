namespace MilvusCdc.Core.Tasks;

/// <summary>A task record in the store is not what this version writes.</summary>
public sealed class TaskRecordException(string key, Exception inner)
    : Exception($"the task record at etcd key '{key}' cannot be read ({inner.Message}): mend or delete that key", inner);
