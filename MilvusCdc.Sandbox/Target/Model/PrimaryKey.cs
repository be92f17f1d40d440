namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>An int64 or VarChar key. Numbers sort before texts; a collection holds one kind only.</summary>
internal readonly record struct PrimaryKey(long Number, string? Text) : IComparable<PrimaryKey>
{
    public int CompareTo(PrimaryKey other) =>
        Text is null && other.Text is null ? Number.CompareTo(other.Number) : string.CompareOrdinal(Text, other.Text);

    public object Value => Text is null ? Number : Text;

    public override string ToString() => Text ?? Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
