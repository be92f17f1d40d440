using MilvusCdc.Protocol.Pulsar;

namespace MilvusCdc.Protocol.Tests.Pulsar;

public class PulsarSourceLogOptionsTests
{
    [Theory]
    [InlineData("pulsar://a:6650")]
    [InlineData("pulsar+ssl://a.b.c")]
    [InlineData("pulsar://a:1,b:2, 10.0.0.3")]
    public void Sound_options_then_no_problem(string url) => Assert.Empty(new PulsarSourceLogOptions { ServiceUrl = url }.Validate());

    [Fact]
    public void Many_mistakes_then_all_are_told_and_no_secret()
    {
        PulsarSourceLogOptions options = new()
        {
            ServiceUrl = "http://a:6650",
            Tenant = "a/b",
            Namespace = "",
            Token = "geheim",
            User = "u",
            ClientKeyFile = "k",
            Timeout = TimeSpan.Zero,
            QueueBytes = 1,
        };

        IReadOnlyList<string> problems = options.Validate();

        Assert.Equal(8, problems.Count);
        Assert.Contains("Pulsar's service URL 'http://a:6650' is not of the form pulsar://host:port or pulsar+ssl://host:port, several hosts separated by commas.", problems);
        Assert.Contains("Pulsar's authentication is stated more than once; allowed is one of token, token file, and user with password.", problems);
        Assert.DoesNotContain(problems, problem => problem.Contains("geheim", StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => new PulsarSourceLog(options));
    }

    [Fact]
    public void Hosts_without_a_port_then_the_schemes_port_is_taken()
    {
        Assert.Equal(["a:6650", "b:7"], ServiceAddress.Parse("pulsar://a,b:7")!.Select(address => address.HostAndPort));
        Assert.Equal(["a:6651"], ServiceAddress.Parse("pulsar+ssl://a/")!.Select(address => address.HostAndPort));
        Assert.Null(ServiceAddress.Parse("pulsar://"));
    }
}
