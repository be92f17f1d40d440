using MilvusCdc.Sandbox.Target.Dml;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>Values of Milvus's own hash test, and of a real server's rows.</summary>
public sealed class ShardOfKeyTests
{
    [Theory]
    [InlineData(0, 1669671676)]
    [InlineData(1, 1392991556)]
    [InlineData(2, 1176478452)]
    [InlineData(100, 1177227376)]
    [InlineData(-1, 1651860712)]
    [InlineData(123456789, 690028081)]
    [InlineData(long.MaxValue, 40977599)]
    public void Number_is_hashed_as_Milvus_does(long key, uint hash) => Assert.Equal(hash, ShardOfKey.Hash(new PrimaryKey(key, null)));

    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 3904355907)]
    [InlineData("abc", 891568578)]
    [InlineData("milvus", 725768567)]
    public void Text_is_hashed_as_Milvus_does(string key, uint hash) => Assert.Equal(hash, ShardOfKey.Hash(new PrimaryKey(0, key)));

    [Fact]
    public void Only_the_first_hundred_bytes_of_a_text_count() =>
        Assert.Equal(ShardOfKey.Hash(new PrimaryKey(0, new string('x', 100))), ShardOfKey.Hash(new PrimaryKey(0, new string('x', 101) + "y")));
}
