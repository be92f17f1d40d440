using MilvusCdc.Sandbox.Replay;

namespace MilvusCdc.Sandbox.Tests.Replay;

public sealed class ShardHashTests
{
    [Theory]
    [InlineData(0, 1669671676, 1)]
    [InlineData(1, 1392991556, 2)]
    [InlineData(100, 1177227376, 1)]
    [InlineData(-1, 1651860712, 1)]
    [InlineData(123456789, 690028081, 1)]
    [InlineData(long.MaxValue, 40977599, 2)]
    public void ShardOf_is_what_Milvus_computes(long key, uint hash, int shardOfThree)
    {
        Assert.Equal(hash, ShardHash.Hash(key) & 0x7FFFFFFF);
        Assert.Equal(shardOfThree, ShardHash.ShardOf(key, 3));
    }
}
