namespace MilvusCdc.Protocol.Messages;

/// <summary>A log message that no Milvus could have written, or that was damaged: its text names the message, the field and the numbers that disagree.</summary>
/// <param name="message">One sentence: what is wrong, and where.</param>
/// <param name="fieldNumber">The protobuf field number it was met at; 0 when it is no single field.</param>
/// <param name="offset">The byte of the message it was met at.</param>
public sealed class MalformedMessageException(string message, int fieldNumber = 0, int offset = 0) : Exception(message)
{
    /// <summary>The protobuf field number; 0 when it is no single field.</summary>
    public int FieldNumber { get; } = fieldNumber;

    /// <summary>Bytes from the start of the message.</summary>
    public int Offset { get; } = offset;
}
