using System.Buffers;

namespace MilvusCdc.Protocol.Messages;

/// <summary>The rows of an Insert as spans of its buffer. Rents its columns: dispose it.</summary>
internal struct InsertView : IDisposable
{
    private ColumnView[] _columns;

    /// <summary>The row timestamps.</summary>
    public NumberRun Timestamps;

    /// <summary>The row ids.</summary>
    public NumberRun RowIds;

    /// <summary>InsertDataVersion: 0 by row (old), 1 by column.</summary>
    public long Version;

    /// <summary>row_data, the old format, is there.</summary>
    public bool HasRowData;

    /// <summary>All of it can be taken apart and written anew.</summary>
    public bool IsPlain;

    /// <summary>The columns in the order of the message.</summary>
    public int ColumnCount { get; private set; }

    public readonly ReadOnlySpan<ColumnView> Columns => _columns.AsSpan(0, ColumnCount);

    /// <exception cref="MalformedMessageException">A column's bytes cannot be walked.</exception>
    public static InsertView Read(Envelope envelope)
    {
        ReadOnlySpan<byte> message = envelope.Bytes.Span;
        InsertView view = new()
        {
            _columns = ArrayPool<ColumnView>.Shared.Rent(32),
            Timestamps = new NumberRun(),
            RowIds = new NumberRun(),
            IsPlain = envelope.IsPlain,
        };
        bool done = false;
        try
        {
            view.ReadFields(message);
            done = true;
            return view;
        }
        finally
        {
            if (!done)
            {
                view.Dispose();
            }
        }
    }

    /// <summary>The index of a column; -1 when there is none.</summary>
    public readonly int Find(long fieldId)
    {
        for (int i = 0; i < ColumnCount; i++)
        {
            if (_columns[i].FieldId == fieldId)
            {
                return i;
            }
        }

        return -1;
    }

    public readonly void Dispose() => ArrayPool<ColumnView>.Shared.Return(_columns);

    private void ReadFields(ReadOnlySpan<byte> message)
    {
        WireReader reader = new(message, new ByteSpan(0, message.Length), "Insert message");
        while (reader.TryReadTag())
        {
            switch (reader.Number)
            {
                case 10:
                    Timestamps.Add(ref reader, message);
                    break;
                case 11:
                    RowIds.Add(ref reader, message);
                    break;
                case 12:
                    reader.ReadBytes();
                    HasRowData = true;
                    break;
                case 13:
                    ColumnView column = ColumnReader.Read(message, reader.ReadBytes());
                    IsPlain &= column.IsPlain;
                    Add(column);
                    break;
                case 15:
                    Version = (long)reader.ReadNumber();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        IsPlain &= Timestamps.IsPlain && RowIds.IsPlain && !HasRowData;
    }

    private void Add(in ColumnView column)
    {
        if (ColumnCount == _columns.Length)
        {
            ColumnView[] larger = ArrayPool<ColumnView>.Shared.Rent(_columns.Length * 2);
            _columns.CopyTo(larger, 0);
            ArrayPool<ColumnView>.Shared.Return(_columns);
            _columns = larger;
        }

        _columns[ColumnCount++] = column;
    }
}
