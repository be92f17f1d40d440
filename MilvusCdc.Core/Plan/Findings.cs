namespace MilvusCdc.Core.Plan;

/// <summary>Collects findings in the order in which they are made.</summary>
internal sealed class Findings
{
    private readonly List<PlanFinding> _all = [];

    public IReadOnlyList<PlanFinding> All => _all;

    public bool HasErrors => _all.Exists(static finding => finding.Severity is PlanSeverity.Error);

    public void Ok(string code, string where, string text) => _all.Add(new PlanFinding(PlanSeverity.Ok, code, where, text));

    public void Note(string code, string where, string text, string? advice = null) => _all.Add(new PlanFinding(PlanSeverity.Note, code, where, text, advice));

    public void Warn(string code, string where, string text, string advice) => _all.Add(new PlanFinding(PlanSeverity.Warning, code, where, text, advice));

    public void Fail(string code, string where, string text, string advice) => _all.Add(new PlanFinding(PlanSeverity.Error, code, where, text, advice));
}
