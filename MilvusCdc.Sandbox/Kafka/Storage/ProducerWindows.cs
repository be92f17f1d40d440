namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>The last batches of each idempotent producer, so that one sent again after a lost answer is not stored twice.</summary>
internal sealed class ProducerWindows
{
    // A producer has at most five requests in flight.
    private const int Remembered = 5;
    private readonly Dictionary<(long Id, short Epoch), Queue<(int Sequence, int Count, long Offset)>> _batches = [];

    public long? Find(in BatchHeader header)
    {
        if (header.ProducerId >= 0 && _batches.TryGetValue((header.ProducerId, header.ProducerEpoch), out var batches))
        {
            foreach ((int sequence, int count, long offset) in batches)
            {
                if (sequence == header.BaseSequence && count == header.Count)
                {
                    return offset;
                }
            }
        }

        return null;
    }

    public void Remember(BatchHeader header)
    {
        if (header.ProducerId < 0)
        {
            return;
        }

        var key = (header.ProducerId, header.ProducerEpoch);
        if (!_batches.TryGetValue(key, out var batches))
        {
            _batches[key] = batches = new Queue<(int, int, long)>();
        }

        batches.Enqueue((header.BaseSequence, header.Count, header.BaseOffset));
        if (batches.Count > Remembered)
        {
            batches.Dequeue();
        }
    }
}
