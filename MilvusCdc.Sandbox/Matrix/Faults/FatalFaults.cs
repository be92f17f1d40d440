using Google.Protobuf;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Processes;
using Messages = MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>What no retry heals: the task says what it wants, and stands still. Each has a source and a target of its own.</summary>
internal static class FatalFaults
{
    public static IReadOnlyList<FaultRow> Rows { get; } =
    [
        new("one record cut short in the log", "Blocked", "position", TruncateAsync, Nothing) { Fatal = true },
        new("the log lost its oldest records during a pause", "GapDetected", "lost", scene => WhilePausedAsync(scene, TrimAsync), Nothing) { Fatal = true },
        new("a topic deleted and made again during a pause", "GapDetected", "lost", scene => WhilePausedAsync(scene, EmptyAsync), Nothing) { Fatal = true },
        new("a topic deleted, made again and filled beyond the checkpoint during a pause", "GapDetected", "made again", scene => WhilePausedAsync(scene, RefillAsync), Nothing) { Fatal = true },
        new("someone drops a collection on the target", "Blocked", "'default.kept' (source 'default.kept') is no longer on the target", DropOnTargetAsync, Nothing) { Fatal = true },
    ];

    private static Task Nothing(FaultScene scene) => Task.CompletedTask;

    private static Task TruncateAsync(FaultScene scene)
    {
        // The first bytes of an Insert: base { msg_type = Insert, timestamp }, and a shard name that ends too early.
        scene.Source.AppendRaw(scene.Source.ChannelsInUse[0], [0x0a, 0x03, 0x08, 0x90, 0x03, 0x12, 0x7f, 0x72, 0x77]);
        return Task.CompletedTask;
    }

    /// <summary>By hand: not as a replicated request. The target goes on to acknowledge the collection's rows.</summary>
    private static async Task DropOnTargetAsync(FaultScene scene)
    {
        using MilvusClient client = new(new MilvusClientOptions { Address = scene.Bed.Target.Address });
        await client.CallAsync(MilvusMethods.DropCollection, new DropCollectionRequest { DbName = "default", CollectionName = "kept" }, "default", CancellationToken.None);
    }

    private static async Task WhilePausedAsync(FaultScene scene, Func<FaultScene, Task> act)
    {
        await scene.Worker.Api.PauseAsync(scene.TaskId, CancellationToken.None);
        (bool paused, TaskReport report) = await scene.LookForAsync(report => report.Phase == "Paused", TimeSpan.FromSeconds(60), CancellationToken.None);
        if (!paused)
        {
            throw new SandboxException($"The task did not come to its pause: it is {report.Phase} ({report.Reason}).");
        }

        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await act(scene);
        await scene.ResumeAsync();
    }

    private static async Task TrimAsync(FaultScene scene)
    {
        foreach (string channel in scene.Source.ChannelsInUse)
        {
            await scene.Bed.Broker.TrimAsync(channel, scene.Bed.Broker.Bounds(channel).End);
        }
    }

    /// <summary>The new topics stay empty until the task looks at them: it wants offsets that they do not have.</summary>
    private static Task EmptyAsync(FaultScene scene) => RecreateAsync(scene, static (_, _) => { });

    /// <summary>The new topics have as many records as the old ones and more: their offsets do not tell, their ticks do.</summary>
    private static Task RefillAsync(FaultScene scene) => RecreateAsync(scene, (channel, records) =>
    {
        ulong now = (ulong)scene.SourceClock.GetUtcNow().ToUnixTimeMilliseconds() << 18;
        for (ulong i = 0; i < (ulong)records + 20; i++)
        {
            scene.Source.AppendRaw(channel, new Messages.TimeTickMsg { Base = new MsgBase { MsgType = MsgType.TimeTick, Timestamp = now + i, SourceID = 1 } }.ToByteArray());
        }
    });

    private static async Task RecreateAsync(FaultScene scene, Action<string, long> fill)
    {
        foreach (string channel in scene.Source.ChannelsInUse)
        {
            scene.Source.Faults.Silence(channel, true);
        }

        foreach (string channel in scene.Source.ChannelsInUse)
        {
            long records = scene.Bed.Broker.Bounds(channel).End;
            await scene.Bed.Broker.DeleteTopicAsync(channel);
            scene.Bed.Broker.CreateTopic(channel);
            fill(channel, records);
        }
    }
}
