using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Core.Tests.Audit;

public sealed class OperationsLogTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private EtcdProcess _etcd = null!;
    private EtcdClient _client = null!;
    private OperationsLog _log = null!;

    public async Task InitializeAsync()
    {
        _etcd = await EtcdProcess.StartAsync();
        _client = new EtcdClient(new EtcdOptions { Endpoints = [$"http://{_etcd.Endpoint}"] }, TimeProvider.System);
        _log = new OperationsLog(_client, new MetaKeys("cdc"), _time);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Newest_come_first_filtered_and_page_by_page()
    {
        for (int i = 0; i < 7; i++)
        {
            await AppendAsync(i % 2 == 0 ? "even" : "odd", $"{i}");
        }

        IReadOnlyList<OperationRecord> first = await _log.ListAsync(new OperationFilter(Task: "even"), after: null, 3, default);
        IReadOnlyList<OperationRecord> rest = await _log.ListAsync(new OperationFilter(Task: "even"), first[^1].Id, 3, default);

        Assert.Equal(["6", "4", "2"], first.Select(static one => one.Subject));
        Assert.Equal("0", Assert.Single(rest).Subject);
        Assert.Equal("4", (await _log.FindAsync(first[1].Id, default))!.Subject);
        Assert.Null(await _log.FindAsync("none", default));
    }

    [Fact]
    public async Task Oldest_go_when_there_are_too_many_and_long_details_are_cut()
    {
        for (int i = 0; i < 130; i++)
        {
            await AppendAsync("t", $"{i}");
        }

        await _log.TrimAsync(5, default);

        IReadOnlyList<OperationRecord> kept = await _log.ListAsync(new OperationFilter(), null, 100, default);
        Assert.Equal(["129", "128", "127", "126", "125"], kept.Select(static one => one.Subject));
        Assert.Equal(1_001, kept[0].Detail!.Length);
    }

    [Fact]
    public async Task Record_of_another_version_harms_no_other()
    {
        await _client.PutAsync("cdc/operations/0", "not json"u8.ToArray(), 0, default);
        await AppendAsync("t", "mine");

        Assert.Equal("mine", Assert.Single(await _log.ListAsync(new OperationFilter(), null, 100, default)).Subject);
    }

    private Task AppendAsync(string task, string subject)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        return _log.AppendAsync(
            new OperationRecord
            {
                Id = _log.NextId(),
                At = _time.GetUtcNow(),
                Who = "somebody",
                From = "127.0.0.1",
                Action = "task.pause",
                Task = task,
                Subject = subject,
                Result = OperationResult.Done,
                Detail = new string('x', 5_000),
            },
            default);
    }
}
