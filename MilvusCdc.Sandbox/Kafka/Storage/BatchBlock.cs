using System.Buffers;

namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>Whole batches that lie one after the other in a segment. Dispose gives a rented buffer back.</summary>
internal readonly struct BatchBlock(ReadOnlyMemory<byte> bytes, byte[]? rented) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    public BatchBlock Cut(int length) => new(bytes[..length], rented);

    public void Dispose()
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
