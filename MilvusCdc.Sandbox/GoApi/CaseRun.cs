namespace MilvusCdc.Sandbox.GoApi;

/// <summary>The server that is asked.</summary>
public interface ICaseServer
{
    /// <summary>Makes it a server with nothing stored, configured as <paramref name="profile"/> says; where it listens. Null: it cannot be made so, and the cases are left out.</summary>
    Task<Uri?> FreshAsync(string profile, CancellationToken cancellation);

    /// <summary>Starts it anew with what it has stored; where it listens. Null: that cannot be done from here.</summary>
    Task<Uri?> RestartAsync(CancellationToken cancellation);
}

/// <summary>What became of one case.</summary>
public enum CaseOutcome
{
    /// <summary>Answered as the Go server did.</summary>
    Equal,

    /// <summary>Different, and listed as deliberate.</summary>
    Deliberate,

    /// <summary>Different, and not listed.</summary>
    Different,

    /// <summary>Listed as different, but equal: the list is out of date.</summary>
    ListedButEqual,

    /// <summary>Sent; the recording has no answer to compare with.</summary>
    Sent,

    /// <summary>Not sent: the server cannot be put into the state that the case needs.</summary>
    LeftOut,
}

/// <summary>One case and what came of it.</summary>
/// <param name="Case">What was asked.</param>
/// <param name="Outcome">The verdict.</param>
/// <param name="Answer">What this server answered; null: nothing.</param>
/// <param name="Reason">Why a deliberate difference is one; null: it is none.</param>
public sealed record CaseResult(RecordedCase Case, CaseOutcome Outcome, HttpAnswer? Answer, string? Reason);

/// <summary>Sends recorded cases in order and compares the answers.</summary>
public static class CaseRun
{
    // Some requests are never whole, and some wait for a target that never comes: no answer is waited for there.
    private static readonly TimeSpan NoAnswerPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs the cases; results come as they are found.</summary>
    public static async IAsyncEnumerable<CaseResult> RunAsync(
        IEnumerable<RecordedCase> cases, ICaseServer server, DeviationTable deviations, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        Uri? address = null;
        bool begun = false;
        Dictionary<string, string> captured = new(StringComparer.Ordinal);
        foreach (RecordedCase recorded in cases)
        {
            if (!begun || recorded.FreshServer)
            {
                begun = true;
                address = await server.FreshAsync(recorded.Profile, cancellation);
            }
            else if (recorded.Restarted && address is not null)
            {
                address = await server.RestartAsync(cancellation);
            }

            // Of two requests with a header of a megabyte the recording holds only that they were.
            if (address is null || recorded.ToWire(captured).Length == 0)
            {
                yield return new CaseResult(recorded, CaseOutcome.LeftOut, null, null);
                continue;
            }

            RecordedAnswer? expected = recorded.Answer;
            TimeSpan patience = expected is null && !recorded.IsWithheld && recorded.Phase is "http" or "unreach" ? NoAnswerPatience : Patience;
            HttpAnswer? answer = await WireClient.SendAsync(address, recorded, captured, patience, cancellation);
            if (answer is not null && AnswerComparison.IdIn(answer.Body) is { } id)
            {
                foreach (string name in recorded.Captures.Append(RecordedCase.LastId))
                {
                    captured[name] = id;
                }
            }

            yield return Judge(recorded, expected, answer, deviations.Reasons.GetValueOrDefault(recorded.Number));
        }
    }

    private static CaseResult Judge(RecordedCase recorded, RecordedAnswer? expected, HttpAnswer? answer, string? reason)
    {
        CaseOutcome outcome = expected is null || recorded.IsUnstable || !AnswerComparison.Concerns(recorded) ? CaseOutcome.Sent
            : AnswerComparison.Same(recorded, expected, answer) ? (reason is null ? CaseOutcome.Equal : CaseOutcome.ListedButEqual)
            : reason is null ? CaseOutcome.Different : CaseOutcome.Deliberate;
        return new CaseResult(recorded, outcome, answer, reason);
    }
}
