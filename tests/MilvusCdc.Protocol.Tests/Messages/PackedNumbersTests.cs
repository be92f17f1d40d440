using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Protocol.Tests.Messages;

public class PackedNumbersTests
{
    [Fact]
    public void Count_of_random_numbers_then_it_is_what_a_plain_loop_finds()
    {
        Random random = new(5);
        for (int round = 0; round < 5_000; round++)
        {
            byte[] bytes = new byte[random.Next(150)];
            int continued = random.Next(100);
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)(random.Next(128) | (random.Next(100) < continued ? 0x80 : 0));
            }

            Assert.Equal(CountPlainly(bytes), PackedNumbers.Count(bytes));
        }
    }

    [Fact]
    public void Skip_then_it_stands_at_the_next_number() => Assert.Equal(4, PackedNumbers.Skip([0x01, 0x80, 0x80, 0x02, 0x05], 2));

    private static int CountPlainly(byte[] bytes)
    {
        int count = 0;
        int at = 0;
        while (at < bytes.Length)
        {
            int length = 1;
            while (bytes[at + length - 1] >= 0x80)
            {
                if (at + length == bytes.Length || length == 10)
                {
                    return PackedNumbers.NotNumbers;
                }

                length++;
            }

            if (length == 10 && bytes[at + 9] > 1)
            {
                return PackedNumbers.NotNumbers;
            }

            at += length;
            count++;
        }

        return count;
    }
}
