using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Messages;

/// <summary>
/// The last look at a message before it is sent. A target accepts almost anything and dies of it later, for good (<c>target-behaviour.md</c> 0.C, 0.D): whatever disagrees here must stop the task.
/// Ids and names that only the target knows are the router's to check.
/// </summary>
public static class EnvelopeCheck
{
    /// <summary>Checks the rows of an Insert or Delete; other types have nothing to check.</summary>
    /// <param name="envelope">The message.</param>
    /// <param name="columns">What the collection's schema asks of an Insert, or null when it is not known: then only what the bytes say themselves is compared.</param>
    /// <returns>Null when the message may be sent; else one sentence that says what disagrees.</returns>
    public static string? Verify(Envelope envelope, IReadOnlyList<ColumnExpectation>? columns = null)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        try
        {
            return envelope.Type switch
            {
                MsgType.Insert => InsertCheck.Verify(envelope, columns),
                MsgType.Delete => DeleteCheck.Verify(envelope),
                _ => null,
            };
        }
        catch (MalformedMessageException malformed)
        {
            return malformed.Message;
        }
    }
}
