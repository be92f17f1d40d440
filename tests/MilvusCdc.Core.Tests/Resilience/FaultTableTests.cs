using System.Globalization;
using System.Text;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Tests.Resilience;

/// <summary>The table knows every code by name, tells people what to do, and docs/faults.md shows it as it is.</summary>
public class FaultTableTests
{
    /// <summary>Names of Milvus's codes since 2.3, for people.</summary>
    private static readonly Dictionary<int, string> MilvusCodes = new()
    {
        [1] = "service not ready",
        [2] = "service unavailable",
        [3] = "memory limit exceeded",
        [4] = "too many requests",
        [5] = "internal error",
        [6] = "cross-cluster routing",
        [7] = "disk limit exceeded",
        [8] = "rate limit exceeded",
        [9] = "quota exceeded",
        [10] = "not implemented",
        [11] = "time tick long delay",
        [12] = "resource insufficient",
        [100] = "collection not found",
        [101] = "collection not loaded",
        [102] = "collection number limit",
        [103] = "collection not fully loaded",
        [105] = "illegal schema",
        [106] = "collection on recovering",
        [108] = "collection in standby mode",
        [109] = "schema mismatch",
        [200] = "partition not found",
        [201] = "partition not loaded",
        [202] = "partition not fully loaded",
        [250] = "general capacity exceeded",
        [500] = "channel not found",
        [600] = "segment not found",
        [700] = "index not found",
        [701] = "index not supported",
        [702] = "index duplicate",
        [800] = "database not found",
        [801] = "database number limit",
        [802] = "invalid database name",
        [901] = "node not found",
        [902] = "node offline",
        [903] = "node lack",
        [904] = "node not match",
        [905] = "node not available",
        [1000] = "key not found",
        [1001] = "I/O failed",
        [1002] = "unexpected end of file",
        [1100] = "invalid parameter",
        [1101] = "missing parameter",
        [1102] = "parameter too large",
        [1300] = "topic not found",
        [1301] = "topic not empty",
        [1302] = "queue internal error",
        [1303] = "deny to write to the queue",
        [1400] = "not authenticated",
        [1401] = "not permitted",
        [1402] = "privilege refused",
        [1600] = "alias not found",
        [1601] = "alias and collection name conflict",
        [1602] = "alias already exists",
        [1700] = "field not found",
        [1701] = "invalid field name",
        [1900] = "deny to replicate",
        [1901] = "invalid message bytes",
        [1902] = "no segment assigned",
        [1903] = "invalid stream",
        [10000] = "cancelled",
        [10001] = "timeout",
        [65535] = "unexpected error",
    };

    [Fact]
    public void Every_named_code_stands_in_a_row_of_its_own()
    {
        AssertNamed<GrpcStatus>(FaultSource.Grpc, GrpcStatus.OK);
        AssertNamed<EtcdFaultKind>(FaultSource.Etcd);
        AssertNamed<SourceLogFault>(FaultSource.Broker, SourceLogFault.Other);
        AssertNamed<LocalFault>(FaultSource.Local, LocalFault.Unexpected);
        AssertNamed<ErrorCode>(FaultSource.MilvusLegacy, ErrorCode.Success);
        Assert.All([1, 2, 5, 8, 100, 101, 103, 108, 200, 500, 700, 800, 802, 1100, 1303, 1400, 1600, 1601, 1602, 1900, 1901, 1902, 1903, 65535], code => Assert.Contains(FaultTable.Rows, row => row.Source is FaultSource.Milvus && row.Codes.Contains(code)));
    }

    [Fact]
    public void Every_code_of_Milvus_in_the_table_has_a_name() =>
        Assert.All(FaultTable.Rows.Where(static row => row.Source is FaultSource.Milvus).SelectMany(static row => row.Codes), static code => Assert.Contains(code, MilvusCodes.Keys));

    [Fact]
    public void Every_row_that_stops_the_task_says_what_to_do() =>
        Assert.All(
            FaultTable.Rows.Where(static row => row.Action is FaultAction.Block or FaultAction.Gap or FaultAction.Fail or FaultAction.DeadLetter),
            static row => Assert.NotEmpty(row.NextStep));

    [Fact]
    public void Document_shows_the_table()
    {
        string path = Path.Combine(Root(), "docs", "faults.md");
        string wanted = Document();

        // CDC_WRITE_DOCS=1 writes the page anew after a change of the table.
        if (Environment.GetEnvironmentVariable("CDC_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, wanted);
        }

        Assert.True(File.ReadAllText(path) == wanted, "docs/faults.md is not what the fault table says: run this test with CDC_WRITE_DOCS=1 and look at the change");
    }

    private static void AssertNamed<T>(FaultSource source, params T[] not)
        where T : struct, Enum =>
        Assert.All(Enum.GetValues<T>().Except(not), code => Assert.True(
            FaultTable.Rows.Any(row => row.Source == source && row.Codes.Contains(Convert.ToInt32(code, CultureInfo.InvariantCulture))), $"{source} {code} stands in no row"));

    private static string Document()
    {
        StringBuilder page = new("""
            # What each fault means

            Made from the fault table (`MilvusCdc.Core/Resilience/FaultTable.cs`) by a test; change the table, not this page.

            | action | what happens |
            |---|---|
            | Retry | again after a growing delay, for ever; the task shows `Retrying`, the attempt, the next one and the cause, and goes on by itself |
            | Refresh | the same, the first time at once, with everything read and resolved anew |
            | DeadLetter | one message is refused for its own sake: by the task's policy the task blocks there, or the message is set aside ([dead-letters.md](dead-letters.md)) |
            | Block | the task stops (`Blocked`) until a person has changed something and resumes it |
            | Gap | the task stops (`GapDetected`): the source's log no longer has what comes next |
            | Fail | the task stops (`Failed`): a contradiction that neither time nor a retry heals |

            The first row that fits wins. `(others)` are all codes that no row names.

            ## Settings

            Section `Cdc:Resilience`; times are written as `500ms`, `10s`, `2m`.

            | key | default | allowed | meaning |
            |---|---|---|---|

            """);
        ResilienceOptions standard = new();
        Setting(nameof(standard.FirstDelay), Milliseconds(standard.FirstDelay), "50ms to 1m", "before a task's first new attempt; each further one waits twice as long, all spread by a fifth");
        Setting(nameof(standard.LongestDelay), Milliseconds(standard.LongestDelay), "100ms to 10m", "longest wait before a task's new attempt: what it may lag behind the end of a fault");
        Setting(nameof(standard.CallRetries), $"{standard.CallRetries}", "0 to 20", "new attempts of one call to the target before the task shows the fault");
        Setting(nameof(standard.CallFirstDelay), Milliseconds(standard.CallFirstDelay), "10ms to 10s", "before the first of them; each further one waits twice as long");
        Setting(nameof(standard.CallLongestDelay), Milliseconds(standard.CallLongestDelay), "10ms to 1m", "longest wait between them");
        Setting(nameof(standard.CallLimit), Milliseconds(standard.CallLimit), "1s to 1h", "one call to the target, all its attempts together");
        Setting(nameof(standard.BreakerFailures), $"{standard.BreakerFailures}", "2 to 1000", "attempts that all failed because the target is away, after which all tasks leave it alone for a moment");
        Setting(nameof(standard.BreakerWindow), Milliseconds(standard.BreakerWindow), "1s to 10m", "time over which they are counted");
        Setting(nameof(standard.BreakerPause), Milliseconds(standard.BreakerPause), "500ms to 1m", "how long it is left alone");
        foreach ((FaultSource source, string title) in ((FaultSource, string)[])
            [
                (FaultSource.Milvus, "The target: code of the status"),
                (FaultSource.MilvusLegacy, "The target: older code of the status, alone or beside 65535"),
                (FaultSource.Grpc, "The target: gRPC status"),
                (FaultSource.Etcd, "etcd, the source's or our own"),
                (FaultSource.Broker, "The source's broker"),
                (FaultSource.Local, "This side"),
            ])
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| code | action | kind | what it means | what to do |\n|---|---|---|---|---|\n");
            foreach (FaultRow row in FaultTable.Rows.Where(row => row.Source == source))
            {
                string codes = row.Codes.Length == 0 ? "(others)" : string.Join(", ", row.Codes.Select(code => Name(source, code)));
                string says = row.Says.Length == 0 ? "" : $", saying {string.Join(" or ", row.Says.Select(static text => $"\"{text}\""))}";
                page.Append(CultureInfo.InvariantCulture, $"| {codes}{says} | {row.Action} | `{row.Kind}` | {row.Impact} | {(row.NextStep.Length == 0 ? "nothing" : row.NextStep)} |\n");
            }
        }

        return page.ToString();

        void Setting(string key, string value, string allowed, string meaning) => page.Append(CultureInfo.InvariantCulture, $"| `{key}` | {value} | {allowed} | {meaning} |\n");
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0}ms");

    private static string Name(FaultSource source, int code) => source switch
    {
        FaultSource.Milvus => $"{code} {MilvusCodes[code]}",
        FaultSource.MilvusLegacy => $"{code} {(ErrorCode)code}",
        FaultSource.Grpc => $"{code} {(GrpcStatus)code}",
        FaultSource.Etcd => ((EtcdFaultKind)code).ToString(),
        FaultSource.Broker => ((SourceLogFault)code).ToString(),
        _ => ((LocalFault)code).ToString(),
    };

    private static string Root()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "MilvusCdc.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds MilvusCdc.sln");
    }
}
