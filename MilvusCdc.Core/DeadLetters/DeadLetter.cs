using System.Text.Json.Serialization;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>What is to become of a letter.</summary>
public enum LetterState
{
    /// <summary>It lies there until a person decides.</summary>
    Waiting,

    /// <summary>A person wants it to be sent again; the task does that at its next safe moment.</summary>
    ReplayRequested,

    /// <summary>The task is sending it.</summary>
    Replaying,
}

/// <summary>A message, or some rows of one, that the target refuses for its own sake and that the task has set aside. Its bytes are in the form in which the source wrote it.</summary>
public sealed record DeadLetter
{
    /// <summary>Names it: <c>CHANNEL@POSITION</c>, with <c>~PATH</c> for a part of the message's rows.</summary>
    public required string Id { get; init; }

    /// <summary>The source pchannel.</summary>
    public required string Channel { get; init; }

    /// <summary>Where the message lies in it: a Kafka offset, or Pulsar's <c>LEDGER:ENTRY:BATCH</c>.</summary>
    public required string Position { get; init; }

    /// <summary><c>kafka</c> or <c>pulsar</c>.</summary>
    public required string LogKind { get; init; }

    /// <summary><c>Insert</c>, <c>Delete</c>, … or <c>unreadable</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Source database and name of the collection, as it was called then; null: not known.</summary>
    public string? Collection { get; init; }

    /// <summary>The source's collection id as text; null: the message cannot be read.</summary>
    public string? CollectionId { get; init; }

    /// <summary>The source's partition id as text; −1: all.</summary>
    public string? PartitionId { get; init; }

    /// <summary>The source vchannel.</summary>
    public string? Shard { get; init; }

    /// <summary>Rows or keys in it.</summary>
    public long Rows { get; init; }

    /// <summary>Milvus timestamp of its oldest row; 0: not known.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public ulong FirstTimestamp { get; init; }

    /// <summary>Milvus timestamp of its newest row; 0: not known.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public ulong LastTimestamp { get; init; }

    /// <summary>Size of its bytes.</summary>
    public int Bytes { get; init; }

    /// <summary>Why it was refused, in a person's words.</summary>
    public required string Cause { get; init; }

    /// <summary>When it was set aside.</summary>
    public required DateTimeOffset SetAsideAt { get; init; }

    /// <summary>Who decided: <c>policy</c>, or the person who permitted it.</summary>
    public required string SetAsideBy { get; init; }

    /// <summary>What is to become of it.</summary>
    public LetterState State { get; init; }

    /// <summary>Who wants it to be sent again; null: nobody.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>It is sent without a look at what the source did to its rows since.</summary>
    public bool Unchecked { get; init; }

    /// <summary>Why the last attempt to send it again was refused; null: there was none, or none that failed.</summary>
    public string? ReplayRefused { get; init; }

    /// <summary>The store's revision of this letter.</summary>
    [JsonIgnore]
    public long Revision { get; init; }
}

/// <summary>Some letters.</summary>
/// <param name="Letters">By channel and, inside a channel, in the order of the log.</param>
/// <param name="Next">What to hand to the next call; null: there are no more.</param>
public sealed record DeadLetterPage(IReadOnlyList<DeadLetter> Letters, string? Next);

/// <summary>The message at which a task is blocked.</summary>
/// <param name="Id">The id that its letter would have.</param>
/// <param name="Cause">Why it is refused, in a person's words.</param>
/// <param name="Since">When it was refused.</param>
public sealed record BlockingMessage(string Id, string Cause, DateTimeOffset Since);

/// <summary>What a task's letters come to.</summary>
/// <param name="Letters">How many there are.</param>
/// <param name="Bytes">Size of all their bytes.</param>
/// <param name="Blocking">The message at which the task is, or was at its last fault, blocked; null: none.</param>
public sealed record DeadLetterSummary(int Letters, long Bytes, BlockingMessage? Blocking);

/// <summary>What is wrong with a wish.</summary>
public enum DeadLetterProblem
{
    /// <summary>There is no such task or letter.</summary>
    NotFound,

    /// <summary>Its state does not allow it now.</summary>
    Conflict,
}

/// <summary>A wish that concerns a letter cannot be met. The message is one sentence: what, and what is allowed.</summary>
public sealed class DeadLetterException(DeadLetterProblem problem, string message) : Exception(message)
{
    /// <summary>What is wrong.</summary>
    public DeadLetterProblem Problem => problem;
}
