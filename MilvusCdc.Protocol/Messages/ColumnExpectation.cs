using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Messages;

/// <summary>A column that every Insert of a collection must bring: all fields of the schema except RowID, Timestamp and function outputs that the server computes.</summary>
/// <param name="FieldId">The field's id on the target; equal to the source's.</param>
/// <param name="Type">Its type.</param>
/// <param name="Dimension">Of vectors; 0 when there is none to compare (scalars, sparse vectors).</param>
/// <param name="Nullable">Null values are allowed: rows may be fewer than num_rows, with flags in valid_data.</param>
public readonly record struct ColumnExpectation(long FieldId, DataType Type, int Dimension = 0, bool Nullable = false);
