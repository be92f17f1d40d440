using System.Collections.Concurrent;
using System.Diagnostics;

namespace MilvusCdc.Sandbox.Processes;

/// <summary>
/// Starts processes that end with this one, however it ends: through <c>setpriv --pdeathsig</c>, where the system has it. Linux ties that signal to the thread that started the
/// child, not to the process, so all children are started on one thread that lives as long as the process.
/// </summary>
internal static class ProcessSpawner
{
    private const string SetPriv = "/usr/bin/setpriv";

    private static readonly Lazy<BlockingCollection<Action>> Work = new(() =>
    {
        BlockingCollection<Action> work = [];
        new Thread(() =>
        {
            foreach (Action action in work.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true, Name = "process spawner" }.Start();
        return work;
    });

    /// <summary>Starts <paramref name="process"/>, whose start information says what. Throws what <see cref="Process.Start()"/> throws.</summary>
    public static Task StartAsync(Process process)
    {
        ProcessStartInfo info = process.StartInfo;
        if (File.Exists(SetPriv))
        {
            string[] command = [info.FileName, .. info.ArgumentList];
            info.FileName = SetPriv;
            info.ArgumentList.Clear();
            foreach (string part in (string[])["--pdeathsig", "KILL", "--", .. command])
            {
                info.ArgumentList.Add(part);
            }
        }

        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Value.Add(() =>
        {
            try
            {
                process.Start();
                started.SetResult();
            }
            catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                started.SetException(fault);
            }
        });
        return started.Task;
    }
}
