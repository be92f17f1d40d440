namespace MilvusCdc.Sandbox.Target.Wire;

/// <summary>What comes with a call besides its message.</summary>
internal sealed record CallContext(IReadOnlyDictionary<string, string> Metadata, CancellationToken Cancellation)
{
    /// <summary>A refusal that a test wants instead of the call.</summary>
    public RefusalException? Forced { get; init; }

    public const string DefaultDatabase = "default";

    /// <summary>The request's database wins; the header "dbname" counts when it is empty.</summary>
    public string DatabaseOf(string inRequest) =>
        inRequest.Length > 0 ? inRequest
        : Metadata.TryGetValue("dbname", out string? inHeader) && inHeader.Length > 0 ? inHeader
        : DefaultDatabase;
}
