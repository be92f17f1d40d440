namespace MilvusCdc.Web;

/// <summary>Settings of the dashboard, section <c>Web</c>.</summary>
public sealed class WebOptions
{
    internal const string SectionName = "Web";

    /// <summary>Where the Api is, for example <c>http://127.0.0.1:8444</c>; null: see AddWeb.</summary>
    public Uri? ApiAddress { get; set; }

    /// <summary>A token of the role Reader, sent with every question to the Api; null: none. Never shown.</summary>
    public string? ApiToken { get; set; }
}
