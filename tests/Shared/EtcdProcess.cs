using System.Diagnostics;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Tests.Shared;

/// <summary>A real etcd on ports of its own of 127.0.0.1 with its data in a directory of its own; can be killed, frozen and started again. Dispose stops it and deletes the data.</summary>
public sealed class EtcdProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly string directory = NewDirectory();
    private readonly string[] extraArguments;
    private readonly KeptPort clientPort = KeptPort.Take();
    private readonly KeptPort peerPort = KeptPort.Take();
    private Process? process;

    private EtcdProcess(string[] extraArguments) => this.extraArguments = extraArguments;

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Endpoint => $"127.0.0.1:{clientPort}";

    /// <summary>Starts an etcd and waits until it answers. Throws with what it printed when it does not.</summary>
    public static async Task<EtcdProcess> StartAsync(params string[] extraArguments)
    {
        EtcdProcess etcd = new(extraArguments);
        try
        {
            await etcd.RestartAsync();
        }
        catch
        {
            await etcd.DisposeAsync();
            throw;
        }

        return etcd;
    }

    /// <summary>Starts it (again), on the same port and with the same data.</summary>
    public async Task RestartAsync()
    {
        string clients = $"http://{Endpoint}";
        string peers = $"http://127.0.0.1:{peerPort}";
        string[] arguments =
        [
            "--name", "m", "--data-dir", Path.Combine(directory, "data"), "--log-level", "error",
            "--listen-client-urls", clients, "--advertise-client-urls", clients,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", $"m={peers}",
            .. extraArguments,
        ];
        process = Start("etcd", arguments);
        _ = process.StandardOutput.ReadToEndAsync();
        Task<string> said = process.StandardError.ReadToEndAsync();
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using HttpResponseMessage health = await http.GetAsync(new Uri($"{clients}/health"));
                if (health.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not yet.
            }

            if (process.HasExited)
            {
                throw new InvalidOperationException($"etcd ended with code {process.ExitCode}: {await said}");
            }

            if (Stopwatch.GetElapsedTime(started) > StartLimit)
            {
                throw new TimeoutException($"etcd did not answer within {StartLimit.TotalSeconds} s");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (process is { } running)
        {
            process = null;
            running.Kill();
            await running.WaitForExitAsync();
            running.Dispose();
        }
    }

    /// <summary>Stops it without ending it: connections stay open and nothing answers.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Lets a frozen one go on.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Runs etcdctl against it and returns what it printed. Throws when it fails.</summary>
    public Task<string> ControlAsync(params string[] arguments) => RunAsync("etcdctl", ["--endpoints", Endpoint, .. arguments]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        clientPort.Dispose();
        peerPort.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        Process running = process ?? throw new InvalidOperationException("etcd is not running");
        await RunAsync("kill", [$"-{signal}", $"{running.Id}"]);
    }

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        using Process run = Start(program, arguments);
        Task<string> errors = run.StandardError.ReadToEndAsync();
        string output = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        return run.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with code {run.ExitCode}: {await errors}");
    }

    private static Process Start(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ETCDCTL_API"] = "3";
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"'{program}' cannot be started; install the packages etcd-server and etcd-client: {e.Message}", e);
        }
    }

    /// <summary>In memory when there is room: etcd waits for the disk at every write.</summary>
    private static string NewDirectory()
    {
        const string Memory = "/dev/shm";
        const long Room = 2L << 30;
        string parent = Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > Room ? Memory : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Combine(parent, $"milvuscdc-etcd-{Guid.NewGuid():N}")).FullName;
    }
}
