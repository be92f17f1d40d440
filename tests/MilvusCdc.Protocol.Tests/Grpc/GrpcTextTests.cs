using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Protocol.Tests.Grpc;

public sealed class GrpcTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("all: of/this? stays [as=it] is", "all: of/this? stays [as=it] is")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb\u007f", "a%0Ab%7F")]
    [InlineData("é", "%C3%A9")]
    public void Escape_touches_only_what_it_must(string text, string escaped)
    {
        Assert.Equal(escaped, GrpcMessageText.Escape(text));
        Assert.Equal(text, GrpcMessageText.Unescape(escaped));
    }

    [Theory]
    [InlineData("50%", "50%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    public void Unescape_of_a_broken_escape_keeps_it(string escaped, string text) => Assert.Equal(text, GrpcMessageText.Unescape(escaped));

    [Theory]
    [InlineData("250m", 250)]
    [InlineData("14946m", 14946)]
    [InlineData("2S", 2000)]
    [InlineData("1M", 60_000)]
    [InlineData("1H", 3_600_000)]
    [InlineData("5000u", 5)]
    [InlineData("7000000n", 7)]
    public void Timeout_of_any_unit_is_read(string text, double milliseconds)
    {
        Assert.True(GrpcTimeout.TryParse(text, out TimeSpan timeout));
        Assert.Equal(milliseconds, timeout.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("5x")]
    [InlineData("123456789m")]
    public void Timeout_that_is_malformed_is_refused(string text) => Assert.False(GrpcTimeout.TryParse(text, out _));

    [Theory]
    [InlineData(0.01, "1m")]
    [InlineData(250, "250m")]
    [InlineData(200_000_000, "200000S")]
    public void Timeout_is_written_with_at_most_eight_digits(double milliseconds, string text) =>
        Assert.Equal(text, GrpcTimeout.Format(TimeSpan.FromMilliseconds(milliseconds)));
}
