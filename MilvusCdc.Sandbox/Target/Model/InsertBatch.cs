using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>The columns of one Insert, by field id. Rows point into it; nothing is copied.</summary>
internal sealed class InsertBatch
{
    private readonly Dictionary<long, FieldData> _columns = [];

    public InsertBatch(IEnumerable<FieldData> columns)
    {
        foreach (FieldData column in columns)
        {
            _columns[column.FieldId] = column;
        }
    }

    public FieldData? Column(long fieldId) => _columns.GetValueOrDefault(fieldId);

    public static PrimaryKey KeyAt(FieldData column, int line) =>
        column.Scalars.DataCase == ScalarField.DataOneofCase.StringData
            ? new PrimaryKey(0, column.Scalars.StringData.Data[line])
            : new PrimaryKey(column.Scalars.LongData.Data[line], null);
}
