namespace MilvusCdc.Sandbox.Matrix;

/// <summary>What can be seen of a worker on its wires, by name. Every other name is the method of a call to the target.</summary>
internal static class WireNames
{
    /// <summary>An answer of the broker with records of a pchannel.</summary>
    public const string Fetch = "fetch";

    /// <summary>The same of the replicate channel.</summary>
    public const string FetchOperations = "fetch of operations";

    /// <summary>Pulsar: entries of a pchannel that the broker gives out.</summary>
    public const string Delivery = "delivery";

    /// <summary>The same of the replicate channel.</summary>
    public const string DeliveryOperations = "delivery of operations";

    /// <summary>Pulsar: the question which broker serves a topic.</summary>
    public const string Lookup = "lookup";

    /// <summary>Pulsar: a subscription to a topic.</summary>
    public const string Subscribe = "subscribe";

    /// <summary>Pulsar: the question where a topic ends and a subscription stands.</summary>
    public const string AskEnd = "question for the end";

    /// <summary>Pulsar: the move of a durable subscription.</summary>
    public const string Seek = "seek";

    /// <summary>Pulsar: what the broker need not keep for a durable subscription any more.</summary>
    public const string Acknowledge = "acknowledgement";

    /// <summary>A pack with rows.</summary>
    public const string Inserts = "inserts";

    /// <summary>A pack with deletes.</summary>
    public const string Deletes = "deletes";

    /// <summary>A pack with the message of a drop.</summary>
    public const string DropMessage = "drop message";

    /// <summary>A pack with a tick.</summary>
    public const string Tick = "tick";

    /// <summary>The transaction that makes a frontier durable.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>The transaction that makes a collection's identity on the target durable.</summary>
    public const string Mapping = "mapping";

    /// <summary>The transaction that says whether the task stands at a cut.</summary>
    public const string CutMark = "mark of the cut";

    /// <summary>The transaction that takes a task.</summary>
    public const string Claim = "claim of the task";

    /// <summary>The transaction that takes a target.</summary>
    public const string ClaimTarget = "claim of the target";

    /// <summary>The read of the checkpoint at a start.</summary>
    public const string LoadCheckpoint = "load of the checkpoint";

    /// <summary>The read of the mappings at a start.</summary>
    public const string LoadMappings = "load of the mappings";

    /// <summary>The transaction that stores a task's definition, intent or state.</summary>
    public const string Record = "task record";

    /// <summary>Stands before the name of what a worker does for the first time since it has the task.</summary>
    public const string First = "first ";
}

/// <summary>Something on a wire of a worker, at one moment.</summary>
/// <param name="Worker">Whose.</param>
/// <param name="Names">What it is: one name, or several for a pack of several kinds.</param>
/// <param name="Done">The other side has done it and the worker does not know yet; false: the other side has done nothing yet.</param>
internal sealed record WireEvent(int Worker, IReadOnlyList<string> Names, bool Done);
