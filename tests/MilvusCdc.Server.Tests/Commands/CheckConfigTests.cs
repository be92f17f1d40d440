using System.Diagnostics;

namespace MilvusCdc.Server.Tests.Commands;

/// <summary><c>--check-config</c>, and the Go tool's file in the working directory.</summary>
public sealed class CheckConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("milvus-cdc-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Files_values_and_who_stated_them_are_printed_without_secrets()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "configs"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "configs", "cdc.yaml"), """
            address: 0.0.0.0:8444
            maxTaskNum: 7
            colour: red
            metaStoreConfig:
              storeType: etcd
              rootPath: cdc-x
              etcd:
                address: [localhost:2379]
                enableAuth: true
                username: root
                password: geheim-etcd
            sourceConfig:
              replicateChan: by-dev-replicate-msg
              etcd:
                address: [localhost:2379]
                rootPath: by-dev
              kafka:
                address: localhost:9092
                saslUsername: u
                saslPassword: geheim-kafka
            """);

        (int code, string text) = await RunAsync("--check-config", "--Cdc:Worker:LeaseTtl=20s", "--Cdc:Api:AllowAnonymous=true");

        Assert.True(code == 0, text);
        Assert.Contains("maxTaskNum in configs/cdc.yaml", text, StringComparison.Ordinal);
        Assert.Contains("20 s   <- command line", text, StringComparison.Ordinal);
        Assert.Contains("cdc-x   <- metaStoreConfig.rootPath in configs/cdc.yaml", text, StringComparison.Ordinal);
        Assert.Contains("colour (configs/cdc.yaml, line 3) is not known and has no effect", text, StringComparison.Ordinal);
        Assert.Contains("sasl.password=(hidden)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_of_file_and_environment_come_together()
    {
        string file = Path.Combine(_folder, "my.yaml");
        await File.WriteAllTextAsync(file, "maxTaskNum: \"5\"\nmetaStoreConfig: {storeType: mysql}\n");

        (int code, string text) = await RunAsync("--check-config", $"--Cdc:GoConfig={file}", "--Cdc:Api:MaxNameLength=0");

        Assert.Equal(2, code);
        Assert.Contains("maxTaskNum", text, StringComparison.Ordinal);
        Assert.Contains("'mysql', which MilvusCdc does not have", text, StringComparison.Ordinal);
        Assert.Contains("sourceConfig.replicateChan", text, StringComparison.Ordinal);
        Assert.Contains("Cdc:Api:MaxNameLength is '0' (command line); allowed is a whole number from 1 to 65535", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_are_checked_and_shown_without_what_may_be_a_secret()
    {
        (int code, string text) = await RunAsync(
            "--check-config", "--Cdc:Api:Tokens:0:Name=ops", "--Cdc:Api:Tokens:0:Role=Operator", "--Cdc:Api:Tokens:0:Sha256=geheim", "--Cdc:Api:Tokens:1:Name=eyes", "--Cdc:Api:Tokens:1:Role=Reader",
            $"--Cdc:Api:Tokens:1:Sha256={new string('a', 64)}");

        Assert.Equal(2, code);
        Assert.Contains("Cdc:Api:Tokens:0:Sha256 has 6 characters; allowed are the 64 hex digits", text, StringComparison.Ordinal);
        Assert.Matches(@"Cdc:Api:Tokens:N:Name +ops, eyes", text);
        Assert.Matches(@"Cdc:Api:Tokens:N:Sha256 +\(hidden\), \(hidden\)", text);
        Assert.DoesNotContain("geheim", text, StringComparison.Ordinal);
        Assert.DoesNotContain("aaaa", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listening_for_other_machines_without_tokens_is_a_mistake_beside_the_others()
    {
        (int code, string text) = await RunAsync("--check-config", "--urls=http://0.0.0.0:8444", "--Cdc:Api:MaxTasks=0");

        Assert.Equal(2, code);
        Assert.Contains("Cdc:Api:MaxTasks is '0'", text, StringComparison.Ordinal);
        Assert.Contains("the API would listen at http://0.0.0.0:8444 for other machines and ask nobody for a token", text, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "MilvusCdc.Server.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }
}
