using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MilvusCdc.Sandbox.Processes;

/// <summary>What is started, and how.</summary>
public sealed class ChildProcessOptions
{
    /// <summary>The name that stands before each of its log lines and in error messages.</summary>
    public required string Name { get; init; }

    /// <summary>The program, with its path.</summary>
    public required string FileName { get; init; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables added to this process's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Its working directory; null: this process's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets each line that it writes, as <c>[name] line</c>; null: only the last lines are kept.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>A process that this one has started and will stop.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 60;
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly ChildProcessOptions _options;
    private volatile bool _quiet;

    private ChildProcess(ChildProcessOptions options, Process process)
    {
        _options = options;
        _process = process;
    }

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit code; null: it still runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>The last lines that it wrote.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Starts it. Throws <see cref="SandboxException"/> when the program cannot be started.</summary>
    public static async Task<ChildProcess> StartAsync(ChildProcessOptions options)
    {
        ProcessStartInfo info = new(options.FileName, options.Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = options.WorkingDirectory ?? "",
        };
        foreach ((string name, string value) in options.Environment)
        {
            info.Environment[name] = value;
        }

        ChildProcess child = new(options, new Process { StartInfo = info });
        child._process.OutputDataReceived += child.Received;
        child._process.ErrorDataReceived += child.Received;
        try
        {
            await ProcessSpawner.StartAsync(child._process);
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            child._process.Dispose();
            throw new SandboxException($"{options.Name} could not be started from {options.FileName}: {fault.Message}.", fault);
        }

        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits until it has ended and all it wrote is read; returns the exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode;
    }

    /// <summary>Asks it to end (SIGTERM); kills it when it has not ended after <paramref name="grace"/>. Its lines are no longer passed on.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        _quiet = true;
        if (_process.HasExited)
        {
            return;
        }

        _ = SendSignal(_process.Id, SigTerm);
        using CancellationTokenSource deadline = new(grace);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>Kills it at once (SIGKILL), as a crash would.</summary>
    public async Task KillAsync()
    {
        _quiet = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Kills it (SIGKILL) before this method returns control: the process does nothing more. Without its children, which <see cref="KillAsync"/> ends too.</summary>
    public Task KillNowAsync()
    {
        _quiet = true;
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, SigKill);
        }

        return _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Stops its execution (SIGSTOP) until <see cref="Continue"/>, as a suspended machine would.</summary>
    public void Suspend() => _ = SendSignal(_process.Id, SigStop);

    /// <summary>Lets it go on (SIGCONT).</summary>
    public void Continue() => _ = SendSignal(_process.Id, SigCont);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(10));
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SendSignal(int process, int signal);

    private void Received(object sender, DataReceivedEventArgs received)
    {
        if (received.Data is not { } line)
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > KeptLines)
            {
                _lines.Dequeue();
            }
        }

        if (!_quiet)
        {
            _options.Log?.Invoke($"[{_options.Name}] {line}");
        }
    }
}
