using System.Net.Sockets;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary>Turns what can go wrong into one sentence and an exit code.</summary>
internal static class Failures
{
    private const int Failed = 2;

    /// <summary>What a shell reports for a process that Ctrl-C ended.</summary>
    private const int Interrupted = 130;

    public static async Task<int> ReportAsync(IAnsiConsole console, Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (Exception fault) when (fault is SandboxException or RecordingException or IOException or UnauthorizedAccessException or SocketException)
        {
            // Not through the console: it would break the sentence at its width.
            await Console.Error.WriteLineAsync(fault.Message);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            console.WriteLine("Stopped.");
            return Interrupted;
        }
    }
}
