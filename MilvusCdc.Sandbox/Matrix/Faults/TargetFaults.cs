using Google.Protobuf;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Sockets;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>What goes wrong at the target.</summary>
internal static class TargetFaults
{
    private const string Replicate = "ReplicateMessage";

    public static IReadOnlyList<FaultRow> Rows { get; } =
    [
        new("target down: nobody listens", "Retrying", "cannot be reached", scene => scene.Gate.SetAsync(GateMode.Closed), Open),
        new("target resets every connection", "Retrying", "cannot be reached", scene => scene.Gate.SetAsync(GateMode.Resetting), Open),
        new("target's connections are cut once", "Streaming", "", Cut, Nothing),
        new("target killed, starts twice, not ready for a while", "Retrying", "cannot be reached", scene => scene.Gate.SetAsync(GateMode.Closed), StartTwiceAsync),
        new("target slow: each call takes 0.5 s more", "Streaming", "", scene => Slow(scene, TimeSpan.FromMilliseconds(500)), Fast),
        Answers("target answers 65535 to everything", "Retrying", "the target reports an error", null, () => Refuse(65535, ErrorCode.UnexpectedError, "proxy not healthy")),
        Answers("target answers 65535 to rows", "Retrying", "the target reports an error", Replicate, () => Refuse(65535, ErrorCode.UnexpectedError, "send message failed")),
        Answers("target is not ready (2)", "Retrying", "not ready", Replicate, () => Refuse(2, ErrorCode.NotReadyServe, "service unavailable")),
        Answers("target limits its rate (8)", "Retrying", "limits its rate", Replicate, () => Refuse(8, ErrorCode.RateLimit, "request is rejected by grpc RateLimiter middleware")),
        Answers("target has no disk left (7)", "Retrying", "memory or disk", Replicate, () => Refuse(7, ErrorCode.DiskQuotaExhausted, "disk quota exhausted")),
        Answers("target has no room for the call", "Retrying", "too little room", Replicate, () => new GrpcException(GrpcStatus.ResourceExhausted, "not enough memory")),
        Answers("target refuses one collection", "Retrying", "kept: out of its mind", null, () => null, OneCollection),
        new("someone switches ttMsgEnabled on (1900)", "Blocked", "ttMsgEnabled=false", scene => Ordinary(scene, true), scene => Ordinary(scene, false)) { Person = scene => scene.ResumeAsync() },
        Answers("target does not accept the token any more", "Blocked", "does not accept the user", null, () => new GrpcException(GrpcStatus.Unauthenticated, "auth check failure"))
            with { Person = scene => scene.ResumeAsync() },
        new("target's answers are lost", "Retrying", "cannot be reached", scene => Lose(scene, true), scene => Lose(scene, false)),
    ];

    private static FaultRow Answers(string name, string phase, string reason, string? method, Func<Exception?> answer, Func<TargetCall, Exception?>? chosen = null) => new(
        name, phase, reason,
        scene => Observe(scene, call => chosen is not null ? chosen(call) : method is null || call.Method == method ? answer() : null),
        Fine);

    private static Exception Refuse(int code, ErrorCode legacy, string reason) => new RefusalException(code, legacy, reason);

    private static Task Observe(FaultScene scene, Func<TargetCall, Exception?> fault)
    {
        scene.Bed.Target.Observer = call => !call.Done && fault(call) is { } answer ? throw answer : ValueTask.CompletedTask;
        return Task.CompletedTask;
    }

    private static Task Fine(FaultScene scene)
    {
        scene.Bed.Target.Observer = null;
        return Task.CompletedTask;
    }

    private static RefusalException? OneCollection(TargetCall call)
    {
        if (call.Method != Replicate)
        {
            return null;
        }

        foreach (ByteString message in ReplicateMessageRequest.Parser.ParseFrom(call.Request.Span).Msgs)
        {
            if (MsgHeader.Parser.ParseFrom(message).Base.MsgType == MsgType.Insert && Protocol.Milvus.Msg.InsertRequest.Parser.ParseFrom(message).CollectionName == "kept")
            {
                return new RefusalException(65535, ErrorCode.UnexpectedError, "kept: out of its mind");
            }
        }

        return null;
    }

    private static Task Open(FaultScene scene) => scene.Gate.SetAsync(GateMode.Open);

    private static Task Nothing(FaultScene scene) => Task.CompletedTask;

    private static Task Cut(FaultScene scene)
    {
        scene.Gate.CutAll();
        return Task.CompletedTask;
    }

    /// <summary>target-behaviour.md §10: it listens long before it works, and its first start within seconds of a kill may die.</summary>
    private static async Task StartTwiceAsync(FaultScene scene)
    {
        await Observe(scene, _ => Refuse(65535, ErrorCode.UnexpectedError, "proxy not healthy"));
        await scene.Gate.SetAsync(GateMode.Open);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await scene.Gate.SetAsync(GateMode.Closed);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await scene.Gate.SetAsync(GateMode.Open);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await Fine(scene);
    }

    private static Task Slow(FaultScene scene, TimeSpan by)
    {
        scene.Bed.Target.Milvus.Faults.Delays["*"] = by;
        return Task.CompletedTask;
    }

    private static Task Fast(FaultScene scene)
    {
        scene.Bed.Target.Milvus.Faults.Delays.Clear();
        return Task.CompletedTask;
    }

    private static Task Ordinary(FaultScene scene, bool ordinary)
    {
        scene.Bed.Target.Milvus.Options.TtMsgEnabled = ordinary;
        return Task.CompletedTask;
    }

    private static Task Lose(FaultScene scene, bool lose)
    {
        scene.Bed.Target.Milvus.Faults.LoseAnswers = lose;
        return Task.CompletedTask;
    }
}
