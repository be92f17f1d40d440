using MilvusCdc.Sandbox.GoApi;
using MilvusCdc.Tests.Shared;
using Xunit.Abstractions;

namespace MilvusCdc.Api.Tests.Compatible;

/// <summary>
/// Sends what was sent to the real Go server, phase by phase and in order, and compares the answers (recordings/go-api/NOTES.md). Every difference is listed in
/// docs/compatibility.md with its reason; <c>sandbox go-api</c> does the same against any address.
/// </summary>
public sealed class RecordedAnswersTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly DeviationTable Deviations = DeviationTable.Read(Path.Combine(Repository.Root, "docs", "compatibility.md"));

    private EtcdProcess _etcd = null!;

    public async Task InitializeAsync() => _etcd = await EtcdProcess.StartAsync();

    public async Task DisposeAsync() => await _etcd.DisposeAsync();

    [Theory]
    [InlineData("http", 50)]
    [InlineData("envelope", 180)]
    [InlineData("types", 390)]
    [InlineData("validate", 85)]
    [InlineData("forms", 240)]
    [InlineData("extra", 5)]
    [InlineData("matrix", 75)]
    [InlineData("life", 130)]
    [InlineData("restart", 10)]
    [InlineData("limit", 12)]
    [InlineData("unreach", 2)]
    [InlineData("crash", 12)]
    [InlineData("data", 5)]
    public async Task Phase_is_answered_as_recorded_or_the_difference_is_listed(string phase, int leastEqual)
    {
        await using InProcess server = new(_etcd);
        List<CaseResult> results = [];
        await foreach (CaseResult result in CaseRun.RunAsync(Cases().Where(one => one.Phase == phase), server, Deviations, default))
        {
            results.Add(result);
        }

        foreach (IGrouping<CaseOutcome, CaseResult> outcome in results.GroupBy(static result => result.Outcome))
        {
            output.WriteLine($"{phase}: {outcome.Count()} {outcome.Key}");
        }

        string[] wrong =
        [
            .. results.Where(static result => result.Outcome is CaseOutcome.Different or CaseOutcome.ListedButEqual).Select(static result =>
                $"{result.Case.Number} {result.Case.Name}: {result.Outcome}\n    got {result.Answer?.Status} {Short(result.Answer?.Body)}\n   want {result.Case.Answer?.Status} {Short(result.Case.Answer?.Body)}"),
        ];
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {results.Count}:\n{string.Join('\n', wrong)}");
        Assert.True(results.Count(static result => result.Outcome is CaseOutcome.Equal) >= leastEqual, "too few answers were compared");
    }

    [Fact]
    public void Every_listed_difference_is_a_case_with_an_answer()
    {
        HashSet<int> answered = [.. Cases().Where(static one => one.Answer is not null && !one.IsUnstable).Select(static one => one.Number)];

        Assert.DoesNotContain(Deviations.Reasons.Keys, number => !answered.Contains(number));
        Assert.All(Deviations.Reasons.Values, static reason => Assert.NotEmpty(reason));
    }

    private static string Short(string? text) => text is null ? "(none)" : text.Length <= 400 ? text.TrimEnd() : $"{text[..400]}… ({text.Length})";

    private static IEnumerable<RecordedCase> Cases() => RecordedCase.ReadAll(Path.Combine(Repository.Root, "recordings", "go-api"));

    private sealed class InProcess(EtcdProcess etcd) : ICaseServer, IAsyncDisposable
    {
        private ApiProcess? _api;

        public Task<Uri?> FreshAsync(string profile, CancellationToken cancellation) => StartAsync(profile is "limit2" ? 2 : 100, root: null);

        public Task<Uri?> RestartAsync(CancellationToken cancellation) => StartAsync(100, _api!.Root);

        public async ValueTask DisposeAsync()
        {
            if (_api is { } running)
            {
                _api = null;
                await running.DisposeAsync();
            }
        }

        private async Task<Uri?> StartAsync(int maxTasks, string? root)
        {
            await DisposeAsync();
            _api = await ApiProcess.StartAsync(etcd, maxTasks, root: root);
            return _api.Http.BaseAddress;
        }
    }
}
