using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Doors;

/// <summary>What a stand-in holds at a moment.</summary>
/// <param name="At">The timestamp.</param>
/// <param name="Rows">By <c>database/collection</c>.</param>
/// <param name="Structures">By <c>database/collection</c>, as of now.</param>
public sealed record DoorContent(ulong At, IReadOnlyDictionary<string, CollectionRows> Rows, IReadOnlyDictionary<string, CollectionStructure> Structures);

/// <summary>How far a stand-in is.</summary>
/// <param name="Tick">Source: the newest tick written. Target: the newest that all shards have; the largest number: it has no collection.</param>
/// <param name="LastChange">Source: the newest change. Target: 0.</param>
/// <param name="Rows">How many there are.</param>
/// <param name="Poisons">What would have harmed a real target.</param>
public sealed record DoorState(ulong Tick, ulong LastChange, long Rows, IReadOnlyList<string> Poisons);

/// <summary>How far a broker is.</summary>
/// <param name="Messages">How many it has ever had, over all topics.</param>
internal sealed record BrokerState(long Messages);

/// <summary>The plain HTTP beside a stand-in's gRPC or a broker, for <c>sandbox verify</c>, <c>sandbox fault</c> and the status line: rows as of a timestamp, how far it is, and its fault switches.</summary>
internal static class SandboxDoor
{
    private const ulong Now = ulong.MaxValue - 1;

    public static StandInDoor Of(SourceMilvus source, int port) => new(port, app =>
    {
        app.MapGet("/sandbox/rows", (ulong? at) => new DoorContent(at ?? Now, source.Rows(at), source.Structures()));
        app.MapGet("/sandbox/state", () => new DoorState(source.LastTick, source.LastChange, source.Count, []));
        MapFaults(app, new SourceFaultSwitches(source));
    });

    public static StandInDoor Of(KafkaBroker broker, int port) => new(port, app =>
    {
        app.MapGet("/sandbox/state", () => new BrokerState(broker.Topics.Sum(topic => broker.Bounds(topic).End)));
        MapFaults(app, new BrokerFaultSwitches(broker.Faults));
    });

    public static StandInDoor Of(StandInMilvus target, int port) => new(port, app =>
    {
        app.MapGet("/sandbox/rows", (ulong? at) => new DoorContent(at ?? Now, target.Rows(at ?? Now), target.Structures()));
        app.MapGet("/sandbox/state", () => new DoorState(target.CommonTick, 0, target.Count, [.. target.Poisons.Select(one => one.ToString())]));
        MapFaults(app, new TargetFaultSwitches(target));
    });

    private static void MapFaults(WebApplication app, IFaultDoor faults) => app.MapPost("/sandbox/fault", (HttpRequest request) =>
    {
        string[] words = [.. request.Query["word"].Select(word => word ?? "")];
        try
        {
            return Results.Text(faults.Switch(words), statusCode: StatusCodes.Status200OK);
        }
        catch (SandboxException fault)
        {
            return Results.Text(fault.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    });

    internal static int Whole(string word, string what, int least, int most) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new SandboxException($"'{word}' is no {what}; allowed are {least} to {most}.");
}
