using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>A message, or some rows of it, that must not or cannot go to the target.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Envelope">The whole message; null: it cannot be read.</param>
/// <param name="Bytes">What is kept: the message, or a message of these rows, as the source wrote it.</param>
/// <param name="From">First row.</param>
/// <param name="To">Row after the last.</param>
/// <param name="Cause">Why, in a person's words.</param>
internal sealed record RefusedPart(LetterId Id, Envelope? Envelope, ReadOnlyMemory<byte> Bytes, long From, long To, string Cause)
{
    /// <summary>A whole message.</summary>
    public static RefusedPart Whole(LetterId id, Envelope envelope, string cause) => new(id, envelope, envelope.Bytes, 0, envelope.RowCount, cause);

    /// <summary>What it is, for people.</summary>
    public string What => Envelope is null ? "the message"
        : Id.Path.Length == 0 ? $"the {Envelope.Type} message"
        : To - From == 1 ? $"row {From + 1} of the {Envelope.RowCount} of the {Envelope.Type} message"
        : $"rows {From + 1} to {To} of the {Envelope.RowCount} of the {Envelope.Type} message";
}
