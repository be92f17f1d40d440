using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Core.Target;

/// <summary>The target refuses one element for its own sake; nothing of it was written, and others go on.</summary>
internal sealed class RefusedMessageException(Fault fault, Exception answer) : Exception(fault.Sentence, answer)
{
    /// <summary>The table's kind for a message that is too large.</summary>
    private const string TooLarge = "target.too-large";

    /// <summary>What the target said, in words.</summary>
    public string Answer => InnerException!.Message;

    /// <summary>Whether fewer rows at a time would help.</summary>
    public bool IsTooLarge => fault.Kind == TooLarge;

    /// <summary>The refusal that an answer stands for; null: the answer is about something else.</summary>
    public static RefusedMessageException? Of(Exception answer) =>
        FaultClassifier.Classify(answer) is { Action: FaultAction.DeadLetter } fault ? new RefusedMessageException(fault, answer) : null;
}
