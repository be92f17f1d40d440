using System.Text;
using MilvusCdc.Sandbox.Comparison;

namespace MilvusCdc.Sandbox.Tests.Comparison;

public sealed class TableComparerTests
{
    private static readonly Row One = Row("_default", ("id", "1"), ("v", "[0.5,1]"));
    private static readonly Row Two = Row("_default", ("id", "2"), ("v", "[2,3]"));

    [Fact]
    public void The_same_rows_in_another_order_are_equal()
    {
        TableVerdict table = Compare([One, Two], [Two, One], count: 2);

        Assert.Equal((TableOutcome.Equal, 2, 2, 2), (table.Verdict, table.Expected, table.Found, table.Equal));
        Assert.Empty(table.Examples);
    }

    [Fact]
    public void A_missing_row_is_named()
    {
        TableVerdict table = Compare([One, Two], [One], count: 1);

        Assert.Equal((TableOutcome.Different, 1L), (table.Verdict, table.Missing));
        Assert.Equal(["key 2 is missing"], table.Examples);
    }

    [Fact]
    public void A_row_too_many_is_named()
    {
        TableVerdict table = Compare([One], [One, Two], count: 2);

        Assert.Equal((TableOutcome.Different, 1L), (table.Verdict, table.Extra));
        Assert.Equal(["key 2 is on the target only"], table.Examples);
    }

    [Fact]
    public void A_field_that_differs_is_named()
    {
        TableVerdict table = Compare([One], [Row("_default", ("id", "1"), ("v", "[0.5,2]"))], count: 1);

        Assert.Equal((TableOutcome.Different, 1L, 0L), (table.Verdict, table.Different, table.Equal));
        Assert.Equal(["key 1: field v is [0.5,2] instead of [0.5,1]"], table.Examples);
    }

    [Fact]
    public void A_field_that_is_absent_or_too_many_differs()
    {
        Row more = Row("_default", ("id", "1"), ("v", "[0.5,1]"), ("stock", "2"));

        Assert.Equal(["key 1: field stock is absent instead of 2"], Compare([more], [One], 1).Examples);
        Assert.Equal(["key 1: field stock is 2 instead of absent"], Compare([One], [more], 1).Examples);
    }

    [Fact]
    public void Another_partition_differs_unless_it_is_unknown()
    {
        Assert.Equal(["key 1: partition p1 instead of _default"], Compare([One], [One with { Partition = "p1" }], 1).Examples);
        Assert.Equal(TableOutcome.Equal, Compare([One with { Partition = null }], [One with { Partition = "p1" }], 1).Verdict);
        Assert.Equal(TableOutcome.Equal, Compare([One], [One with { Partition = null }], 1).Verdict);
    }

    [Fact]
    public void A_doubled_row_shows_in_the_rows_or_only_in_the_count()
    {
        TableVerdict dumped = Compare([One, Two], [One, Two, Two], count: 3), counted = Compare([One, Two], [One, Two], count: 3);

        Assert.Equal((TableOutcome.Different, 1L, 3L), (dumped.Verdict, dumped.Doubled, dumped.Found));
        Assert.Equal(["key 2 is there 2 times"], dumped.Examples);
        Assert.Equal((TableOutcome.Different, 1L, 3L), (counted.Verdict, counted.Doubled, counted.Found));
        Assert.Equal(["count(*) says 3 where 2 keys are"], counted.Examples);
    }

    [Fact]
    public void A_row_that_the_source_has_twice_may_be_there_twice()
    {
        Row other = Row("_default", ("id", "2"), ("v", "[9,9]"));

        Assert.Equal((TableOutcome.Equal, 0L), (Compare([Two, other], [other, Two], 2).Verdict, Compare([Two, other], [Two], 2).Doubled));
        Assert.Equal(TableOutcome.Different, Compare([Two, other], [Two, other, other], 3).Verdict);
    }

    [Fact]
    public void A_count_below_the_rows_read_differs()
    {
        Assert.Equal(["count(*) says 1 where 2 rows were read"], Compare([One, Two], [One, Two], count: 1).Examples);
    }

    [Fact]
    public void Collections_of_one_side_only_are_missing_or_extra()
    {
        CollectionRows rows = new("default/a", "id", [One]);

        ComparisonReport report = TableComparer.Compare(Named(rows), Named(rows with { Name = "default/b" }));

        Assert.Equal([("default/a", TableOutcome.MissingCollection), ("default/b", TableOutcome.ExtraCollection)], report.Tables.Select(table => (table.Name, table.Verdict)));
        Assert.False(report.AllEqual);
    }

    [Fact]
    public void Structure_is_compared_where_both_sides_know_it()
    {
        CollectionRows rows = new("default/a", "id", [One], 1);
        CollectionStructure wanted = new(["id", "v"], ["_default", "p1"], [new IndexName("v_idx", "v")], [], "Loaded");
        CollectionStructure got = new(["v", "id"], ["_default"], [], ["live"], "NotLoad");

        TableVerdict table = TableComparer.Compare(Named(rows), Named(rows), Structures(wanted), Structures(got)).Tables[0];

        Assert.Equal(TableOutcome.Different, table.Verdict);
        Assert.Equal(
            ["partitions: _default instead of _default, p1", "indexes: none instead of v_idx(v)", "aliases: live instead of none", "load state: NotLoad instead of Loaded"],
            table.Examples);
        Assert.True(TableComparer.Compare(Named(rows), Named(rows), Structures(wanted), null).AllEqual);

        static Dictionary<string, CollectionStructure> Structures(CollectionStructure structure) => new() { ["default/a"] = structure };
    }

    [Theory]
    [InlineData("""{"b":1,"a":[1.0,2.5]}""", """{ "a": [1, 2.5], "b": 1.0 }""", true)]
    [InlineData("0.1", "0.10000000000000001", true)]
    [InlineData("0.1", "0.10000000149011612", false)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("\"é\"", "\"\\u00e9\"", true)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("null", "false", false)]
    public void Values_are_compared_by_meaning(string left, string right, bool equal) =>
        Assert.Equal(equal, CanonicalValue.OfJson(Encoding.UTF8.GetBytes(left)) == CanonicalValue.OfJson(Encoding.UTF8.GetBytes(right)));

    [Fact]
    public void A_float_is_its_double_and_bytes_are_base64()
    {
        Assert.Equal("0.10000000149011612", CanonicalValue.Of((double)0.1f));
        Assert.Equal(CanonicalValue.OfJson("""{"bytes":"AP8="}"""u8), CanonicalValue.Of([0x00, 0xff]));
    }

    private static TableVerdict Compare(Row[] expected, Row[] found, long? count) =>
        Assert.Single(TableComparer.Compare(Named(new CollectionRows("default/t", "id", expected)), Named(new CollectionRows("default/t", "id", found, count))).Tables);

    private static Dictionary<string, CollectionRows> Named(CollectionRows rows) => new() { [rows.Name] = rows };

    private static Row Row(string partition, params (string Name, string Value)[] fields) => new(partition, fields.ToDictionary(field => field.Name, field => field.Value));
}
