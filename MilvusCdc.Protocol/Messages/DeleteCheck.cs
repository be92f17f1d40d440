namespace MilvusCdc.Protocol.Messages;

/// <summary>The checks of a Delete: as many keys and timestamps as num_rows says.</summary>
internal static class DeleteCheck
{
    /// <exception cref="MalformedMessageException">The message cannot be walked.</exception>
    public static string? Verify(Envelope envelope)
    {
        if (envelope.ShardNameUtf8.IsEmpty)
        {
            return "The Delete has no shardName.";
        }

        DeleteView view = DeleteView.Read(envelope);
        if (view.HasKeysTwice)
        {
            return "The Delete holds its keys in more than one place.";
        }

        // Milvus's decoder takes the old keys only when there are no new ones.
        long keys = view.KeyArm != 0 ? view.Keys : view.OldKeys.Count;
        if (keys != envelope.RowCount)
        {
            return $"The Delete's num_rows is {envelope.RowCount}, but it has {keys} keys.";
        }

        return view.Timestamps.Count != envelope.RowCount ? $"The Delete's num_rows is {envelope.RowCount}, but it has {view.Timestamps.Count} timestamps." : null;
    }
}
