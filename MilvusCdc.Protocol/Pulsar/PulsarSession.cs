using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>Why a channel's session with a broker came to its end.</summary>
internal enum SessionEnd
{
    /// <summary>The broker closed the consumer or the connection broke.</summary>
    Broken,

    /// <summary>The next entry lies in another ledger: whether nothing lies between is to be looked into.</summary>
    Jump,

    /// <summary>Entries are missing inside a ledger.</summary>
    Hole,

    /// <summary>An entry cannot be read.</summary>
    Unreadable,

    /// <summary>A piece of a message came whose beginning lies before the session's.</summary>
    StepBack,

    /// <summary>The reader wants to be elsewhere.</summary>
    Seek,
}

/// <summary>An end, in words, with the places it is about: where the reader was and what came.</summary>
internal readonly record struct SessionResult(SessionEnd End, string Why, LogPosition From = default, LogPosition To = default, bool MayHaveMissed = false);

/// <summary>One subscription of a channel, from SUBSCRIBE until it ends.</summary>
internal sealed class PulsarSession(PulsarChannel channel, PulsarConsumer consumer, TimeProvider time) : IConsumerSink
{
    private readonly TaskCompletionSource<SessionResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _heard = time.GetTimestamp();

    public PulsarConsumer Consumer => consumer;

    /// <summary>The entry that must come first, or null when any may.</summary>
    public LogPosition? Start { get; set; }

    /// <summary>The entry that came last, or null.</summary>
    public LogPosition? Previous { get; set; }

    /// <summary>Completes with the reason.</summary>
    public Task<SessionResult> Ended => _ended.Task;

    /// <summary>How long nothing has come.</summary>
    public TimeSpan Quiet => time.GetElapsedTime(Interlocked.Read(ref _heard));

    /// <summary>An entry came, or there was none to come.</summary>
    public void Heard() => Interlocked.Exchange(ref _heard, time.GetTimestamp());

    public void Finish(SessionResult result) => _ended.TrySetResult(result);

    void IConsumerSink.OnEntry(CommandMessage message, ReadOnlyMemory<byte> entry) => channel.Accept(this, PulsarMessageId.EntryOf(PulsarMessageId.Of(message.MessageId)), entry);

    void IConsumerSink.OnEnd(string why) => Finish(new SessionResult(SessionEnd.Broken, why));
}
