namespace MilvusCdc.Web.Components.Parts;

/// <summary>How a phase looks: a shape and a colour beside its name, so that none of the three is needed to tell phases apart.</summary>
/// <param name="Rank">The most urgent first.</param>
/// <param name="Tone">Class of the style sheet: good, busy, warn, bad or calm.</param>
/// <param name="Shape">SVG path in a box of 16 by 16.</param>
/// <param name="Meaning">One sentence for people who see the word for the first time.</param>
internal sealed record PhaseStyle(int Rank, string Tone, string Shape, string Meaning)
{
    private const string Disc = "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z";
    private const string Ring = "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 3a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z";
    private const string Up = "M8 2 15 14H1Z";
    private const string Down = "M1 3h14L8 14Z";
    private const string Bars = "M3 2h4v12H3ZM9 2h4v12H9Z";
    private const string Octagon = "M5 1h6l4 4v6l-4 4H5l-4-4V5Z";
    private const string Split = "M7 1 7 15 0 8ZM9 1l7 7-7 7Z";
    private const string Cross = "M3 1 8 6l5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5-5-5Z";
    private const string Square = "M2 2h12v12H2Zm3 3v6h6V5Z";

    public bool NeedsAttention => Tone is "bad" or "warn";

    public static PhaseStyle Of(string? phase) => phase switch
    {
        "Failed" => new(0, "bad", Cross, "It met a contradiction that no retry heals."),
        "GapDetected" => new(1, "bad", Split, "The source's log no longer has what comes next."),
        "Blocked" => new(2, "bad", Octagon, "It waits for a person's decision."),
        "Retrying" => new(3, "warn", Up, "A fault came; it tries again by itself."),
        "Starting" => new(4, "busy", Ring, "It connects and compares the target with the source's catalog."),
        "Draining" => new(5, "busy", Down, "It stops at the next consistent cut."),
        "Streaming" => new(6, "good", Disc, "Changes flow."),
        "Paused" => new(7, "calm", Bars, "A person paused it."),
        _ => new(8, "calm", Square, "The dashboard does not know this phase."),
    };
}
