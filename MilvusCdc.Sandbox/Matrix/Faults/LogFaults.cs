using MilvusCdc.Sandbox.Kafka;

namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>What goes wrong with the source's log and its clock, and passes.</summary>
internal static class LogFaults
{
    public static IReadOnlyList<FaultRow> Rows { get; } =
    [
        new("broker down", "Retrying", "log", scene => Down(scene, true), scene => Down(scene, false)) { Hold = TimeSpan.FromSeconds(4) },
        new("broker's connections are cut once", "Streaming", "", scene => Do(scene.Bed.Broker.Faults.DropConnections), Nothing),
        new("broker slow: each fetch takes 0.7 s more", "Streaming", "", scene => Delay(scene, TimeSpan.FromMilliseconds(700)), scene => Delay(scene, TimeSpan.Zero)),
        new("one topic silent at the broker", "Streaming", "", scene => Do(() => scene.Bed.Broker.Faults.SilentTopics = new HashSet<string>(scene.Source.ChannelsInUse.Take(1))),
            scene => Do(() => scene.Bed.Broker.Faults.SilentTopics = new HashSet<string>())),
        new("source stops to tick on one channel", "Streaming", "", scene => Silence(scene, true), scene => Silence(scene, false)),
        new("records delivered again by the broker", "Streaming", "", scene => Do(() => scene.Bed.Broker.Faults.RewindBy = 20), scene => Do(() => scene.Bed.Broker.Faults.RewindBy = 0)),
        new("answers of the broker cut in the middle", "Streaming", "", scene => Do(() => scene.Bed.Broker.Faults.TearNext(4)), Nothing),
        new("source's clock jumps one hour ahead", "Streaming", "", scene => Do(() => scene.SourceClock.Shift += TimeSpan.FromHours(1)), Nothing),
        new("source's clock jumps ten minutes back", "Streaming", "", scene => Do(() => scene.SourceClock.Shift -= TimeSpan.FromMinutes(10)), Nothing),
    ];

    private static Task Do(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    private static Task Nothing(FaultScene scene) => Task.CompletedTask;

    private static Task Down(FaultScene scene, bool down)
    {
        KafkaBrokerFaults faults = scene.Bed.Broker.Faults;
        faults.RefuseConnections = down;
        if (down)
        {
            faults.DropConnections();
        }

        return Task.CompletedTask;
    }

    private static Task Delay(FaultScene scene, TimeSpan by)
    {
        scene.Bed.Broker.Faults.FetchDelay = by;
        return Task.CompletedTask;
    }

    private static Task Silence(FaultScene scene, bool silent)
    {
        foreach (string channel in silent ? scene.Source.ChannelsInUse.Take(1) : [.. scene.Source.Faults.SilentChannels])
        {
            scene.Source.Faults.Silence(channel, silent);
        }

        return Task.CompletedTask;
    }
}
