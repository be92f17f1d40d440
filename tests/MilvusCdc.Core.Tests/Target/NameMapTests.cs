using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Target;

public class NameMapTests
{
    private static readonly NameMap Map = new(
    [
        new NameMapping("shop", "store", new Dictionary<string, string>()),
        new NameMapping("default", "other", new Dictionary<string, string> { ["a"] = "b" }),
    ]);

    [Theory]
    [InlineData("shop", "books", "store", "books")]
    [InlineData("default", "a", "other", "b")]
    [InlineData("default", "c", "default", "c")]
    [InlineData("else", "a", "else", "a")]
    public void Collection_goes_where_its_mapping_says(string database, string collection, string targetDatabase, string targetCollection) =>
        Assert.Equal((targetDatabase, targetCollection), Map.Collection(database, collection));

    [Theory]
    [InlineData("shop", "store")]
    [InlineData("default", "default")]
    public void Database_is_mapped_only_as_a_whole(string database, string target) => Assert.Equal(target, Map.Database(database));
}
