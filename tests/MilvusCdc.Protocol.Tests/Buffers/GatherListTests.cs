using System.Buffers;
using MilvusCdc.Protocol.Buffers;

namespace MilvusCdc.Protocol.Tests.Buffers;

public sealed class GatherListTests
{
    [Fact]
    public void Empty_list_is_an_empty_sequence()
    {
        GatherList list = new();
        list.Add(ReadOnlyMemory<byte>.Empty);
        Assert.Equal(0, list.Length);
        Assert.True(list.ToSequence().IsEmpty);
    }

    [Fact]
    public void Pieces_keep_their_order_and_their_memory()
    {
        byte[] a = [1, 2], b = [3], c = [4, 5, 6];
        GatherList inner = new();
        inner.Add(b);
        inner.Add(c.AsMemory(1));
        GatherList list = new();
        list.Add(a);
        list.Add(inner.ToSequence());
        Assert.Equal(5, list.Length);
        Assert.Equal([1, 2, 3, 5, 6], list.ToSequence().ToArray());

        a[0] = 9;
        Assert.Equal(9, list.ToSequence().FirstSpan[0]);
        Assert.Equal([3, 5], list.ToSequence().Slice(2, 2).ToArray());
    }

    [Fact]
    public void A_sequence_does_not_grow_with_its_list()
    {
        GatherList list = new();
        list.Add(new byte[] { 1 });
        ReadOnlySequence<byte> before = list.ToSequence();
        list.Add(new byte[] { 2 });
        Assert.Equal([1], before.ToArray());
        Assert.Equal([1, 2], list.ToSequence().ToArray());
    }
}
