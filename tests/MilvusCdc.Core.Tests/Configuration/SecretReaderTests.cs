using Microsoft.Extensions.Configuration;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Configuration;

public sealed class SecretReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("milvus-cdc-secrets-").FullName;
    private readonly string _variable = $"CDC_SECRET_{Guid.NewGuid():N}";

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Environment.SetEnvironmentVariable(_variable, null);
    }

    [Fact]
    public void References_are_followed_each_time_and_other_texts_are_the_secret()
    {
        string file = Path.Combine(_folder, "token");
        File.WriteAllText(file, "geheim-1\n");
        Environment.SetEnvironmentVariable(_variable, "geheim-2");
        SecretReader secrets = new([_folder], "CDC_SECRET_");

        Assert.Equal("geheim-1", secrets.Read($"file:{file}"));
        Assert.Equal("geheim-2", secrets.Read($"env:{_variable}"));
        Assert.Equal("root:geheim-1", secrets.ReadLogin($"root:file:{file}"));
        Assert.Equal("root:Milvus", secrets.ReadLogin("root:Milvus"));
        Assert.Equal("env:with blanks", secrets.Read("env:with blanks"));
        Assert.Null(secrets.ReadLogin(null));
        File.WriteAllText(file, "geheim-3");
        Assert.Equal("geheim-3", secrets.Read($"file:{file}"));
    }

    [Theory]
    [InlineData("env:PATH", "may not be named by a client")]
    [InlineData("env:CDC_SECRET_NOWHERE", "is not set")]
    [InlineData("file:/etc/hostname", "may not be named by a client")]
    [InlineData("file:FOLDER/../../etc/hostname", "may not be named by a client")]
    [InlineData("file:FOLDER/nowhere", "does not exist")]
    [InlineData("file:FOLDER/empty", "is empty")]
    public void What_a_client_may_not_name_or_what_is_not_there_is_a_sentence(string reference, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "empty"), "\n");

        SecretException refused = Assert.Throws<SecretException>(() => new SecretReader([_folder], "CDC_SECRET_").Read(reference.Replace("FOLDER", _folder, StringComparison.Ordinal)));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Target_keeps_the_reference_and_the_client_gets_the_secret()
    {
        Environment.SetEnvironmentVariable(_variable, "geheim");
        TargetEndpoint target = new() { Address = new Uri("http://t:1"), Token = $"root:env:{_variable}" };

        Assert.Equal("root:geheim", target.ToClient().Token);
        Assert.DoesNotContain("geheim", target.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_may_name_any_file_and_missing_ones_are_reported_with_all_other_mistakes()
    {
        string file = Path.Combine(_folder, "password");
        File.WriteAllText(file, "geheim\n");
        Dictionary<string, string?> values = new()
        {
            ["Cdc:Source:Etcd:User"] = "root",
            ["Cdc:Source:Etcd:Password"] = $"file:{file}",
            ["Cdc:Source:Kafka:Settings:sasl.password"] = $"file:{file}",
        };

        CdcOptions options = CdcOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        Assert.Equal(("geheim", "geheim"), (options.Source.Etcd.Password, options.Source.Kafka.Settings["sasl.password"]));

        values["Cdc:Source:Etcd:Password"] = "env:CDC_NOWHERE";
        values["Cdc:Api:MaxTasks"] = "0";
        ConfigurationReport report = CdcOptionsReader.Describe(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        Assert.Equal(2, report.Mistakes.Count);
        Assert.Contains(report.Mistakes, static mistake => mistake.StartsWith("Cdc:Source:Etcd:Password: the environment variable that 'env:CDC_NOWHERE' names is not set", StringComparison.Ordinal));
        Assert.DoesNotContain("geheim", report.ToText(), StringComparison.Ordinal);
    }
}
