using System.Text.Json;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Live;

/// <summary>Where the parts of a running sandbox are; kept in a file, so that other commands find them.</summary>
/// <param name="Source">gRPC.</param>
/// <param name="SourceDoor">Plain HTTP: its rows, its faults.</param>
/// <param name="Target">gRPC.</param>
/// <param name="TargetDoor">Plain HTTP: its rows, its faults.</param>
/// <param name="Server">API and dashboard.</param>
/// <param name="Etcd">The source's metadata.</param>
/// <param name="Broker">The source's log, <c>host:port</c>.</param>
/// <param name="BrokerDoor">Plain HTTP: its faults.</param>
/// <param name="Task">The task's id.</param>
public sealed record UpAddresses(Uri Source, Uri SourceDoor, Uri Target, Uri TargetDoor, Uri Server, Uri Etcd, string Broker, Uri BrokerDoor, string Task)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Where <c>sandbox up</c> writes it: <c>.sandbox/up.json</c> below the current folder.</summary>
    public static string DefaultFile => Path.Combine(Environment.CurrentDirectory, ".sandbox", "up.json");

    /// <summary>Reads it.</summary>
    /// <exception cref="SandboxException">There is none, or it is damaged.</exception>
    public static UpAddresses Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<UpAddresses>(File.ReadAllText(file), Json) ?? throw new JsonException("it is empty");
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SandboxException($"No sandbox runs here ({file} is missing): start one with 'sandbox up' in this folder, or name its file with --file.", fault);
        }
        catch (JsonException fault)
        {
            throw new SandboxException($"{file} is damaged: {fault.Message}", fault);
        }
    }

    /// <summary>Writes it.</summary>
    public async Task WriteAsync(string file, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(this, Json) + "\n", cancellation);
    }
}
