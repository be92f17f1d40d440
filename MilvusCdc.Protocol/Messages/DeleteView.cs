namespace MilvusCdc.Protocol.Messages;

/// <summary>The keys of a Delete as spans of its buffer.</summary>
internal struct DeleteView()
{
    /// <summary>The row timestamps.</summary>
    public NumberRun Timestamps = new();

    /// <summary>Keys in the old place, int64_primary_keys.</summary>
    public NumberRun OldKeys = new();

    /// <summary>Keys in primary_keys.</summary>
    public long Keys;

    /// <summary>Field number inside IDs: 1 int_id, 2 str_id; 0 when there are none.</summary>
    public int KeyArm;

    /// <summary>Packed numbers, or all texts with their tags.</summary>
    public ByteSpan KeyData;

    /// <summary>Keys came in more than one place.</summary>
    public bool HasKeysTwice;

    /// <summary>All of it can be taken apart and written anew.</summary>
    public bool IsPlain = true;

    /// <exception cref="MalformedMessageException">The keys' bytes cannot be walked.</exception>
    public static DeleteView Read(Envelope envelope)
    {
        ReadOnlySpan<byte> message = envelope.Bytes.Span;
        DeleteView view = new() { IsPlain = envelope.IsPlain };
        WireReader reader = new(message, new ByteSpan(0, message.Length), "Delete message");
        while (reader.TryReadTag())
        {
            switch (reader.Number)
            {
                case 9:
                    view.OldKeys.Add(ref reader, message);
                    view.IsPlain = false;
                    break;
                case 10:
                    view.Timestamps.Add(ref reader, message);
                    break;
                case 12:
                    view.ReadIds(message, reader.ReadBytes());
                    break;
                case 13:
                    // A delete that names a segment was not made by a proxy: it stays by itself.
                    view.IsPlain = false;
                    reader.ReadNumber();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        view.IsPlain &= view.Timestamps.IsPlain;
        return view;
    }

    private void ReadIds(ReadOnlySpan<byte> message, ByteSpan within)
    {
        WireReader reader = new(message, within, "IDs");
        while (reader.TryReadTag())
        {
            if (reader.Number > 2)
            {
                IsPlain = false;
                reader.Skip();
                continue;
            }

            HasKeysTwice |= KeyArm != 0;
            IsPlain &= KeyArm == 0;
            KeyArm = reader.Number;

            // The two arms are a LongArray and a StringArray: the same messages that columns have.
            ColumnView keys = ColumnReader.ReadArray(message, reader.ReadBytes(), KeyArm == 1 ? ColumnArm.Long : ColumnArm.String);
            IsPlain &= keys.IsPlain;
            Keys += keys.Values;
            KeyData = keys.Data;
        }
    }
}
