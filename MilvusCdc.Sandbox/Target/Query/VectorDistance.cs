using System.Buffers.Binary;
using System.Numerics;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>How far two vectors are apart, by a metric; the score as Milvus gives it.</summary>
internal sealed class VectorDistance
{
    private readonly DataType _type;
    private readonly string _metric;

    /// <exception cref="RefusalException">The metric does not go with the type of vectors.</exception>
    public VectorDistance(DataType type, string metric)
    {
        _type = type;
        _metric = metric.ToUpperInvariant();
        string[] allowed = type switch
        {
            DataType.BinaryVector => ["HAMMING", "JACCARD"],
            DataType.SparseFloatVector => ["IP"],
            _ => ["L2", "IP", "COSINE"],
        };
        if (!allowed.Contains(_metric))
        {
            throw Refusal.BadParameter("metric type not match", string.Join(" or ", allowed), metric);
        }
    }

    /// <summary>A larger score is nearer (IP, COSINE), or a smaller one (the others).</summary>
    public bool LargerIsNearer => _metric is "IP" or "COSINE";

    /// <summary>The score of two vectors in their bytes.</summary>
    public float Score(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => _type switch
    {
        DataType.BinaryVector => Bits(one, other),
        DataType.SparseFloatVector => Sparse(one, other),
        _ => Dense(Numbers(one), Numbers(other)),
    };

    private float[] Numbers(ReadOnlySpan<byte> bytes)
    {
        int width = _type == DataType.FloatVector ? sizeof(float) : sizeof(ushort);
        float[] numbers = new float[bytes.Length / width];
        for (int at = 0; at < numbers.Length; at++)
        {
            ReadOnlySpan<byte> number = bytes.Slice(at * width, width);
            numbers[at] = _type switch
            {
                DataType.FloatVector => BinaryPrimitives.ReadSingleLittleEndian(number),
                DataType.Float16Vector => (float)BinaryPrimitives.ReadHalfLittleEndian(number),

                // The upper half of a float.
                _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(number) << 16),
            };
        }

        return numbers;
    }

    private float Dense(float[] one, float[] other)
    {
        double dot = 0, oneSquare = 0, otherSquare = 0, difference = 0;
        for (int at = 0; at < one.Length; at++)
        {
            dot += (double)one[at] * other[at];
            oneSquare += (double)one[at] * one[at];
            otherSquare += (double)other[at] * other[at];
            difference += ((double)one[at] - other[at]) * (one[at] - other[at]);
        }

        return _metric switch
        {
            "L2" => (float)difference,
            "IP" => (float)dot,
            _ => oneSquare == 0 || otherSquare == 0 ? 0 : (float)(dot / Math.Sqrt(oneSquare * otherSquare)),
        };
    }

    private float Bits(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        int different = 0, either = 0;
        for (int at = 0; at < one.Length; at++)
        {
            different += BitOperations.PopCount((uint)(one[at] ^ other[at]));
            either += BitOperations.PopCount((uint)(one[at] | other[at]));
        }

        return _metric == "HAMMING" ? different : either == 0 ? 0 : (float)different / either;
    }

    /// <summary>Pairs of a 32-bit index and a float.</summary>
    private static float Sparse(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        const int pair = sizeof(uint) + sizeof(float);
        Dictionary<uint, float> values = [];
        for (int at = 0; at + pair <= one.Length; at += pair)
        {
            values[BinaryPrimitives.ReadUInt32LittleEndian(one[at..])] = BinaryPrimitives.ReadSingleLittleEndian(one[(at + sizeof(uint))..]);
        }

        double dot = 0;
        for (int at = 0; at + pair <= other.Length; at += pair)
        {
            dot += values.GetValueOrDefault(BinaryPrimitives.ReadUInt32LittleEndian(other[at..])) * (double)BinaryPrimitives.ReadSingleLittleEndian(other[(at + sizeof(uint))..]);
        }

        return (float)dot;
    }
}
