using System.Net.Sockets;
using System.Text.Json;

namespace MilvusCdc.Web.Feed;

/// <summary>Asks the Api for all tasks once a second, page by page, for as long as the process lives: the same questions for all viewers, and the history is there when a page is opened.</summary>
internal sealed class StatusPoller(StatusFeed feed, ApiAddress api, IHttpClientFactory clients, IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    public const string ClientName = "MilvusCdc.Web.Api";
    private const string Path = "/api/v1/tasks";

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The Api may be this very process, which has no address before it listens.
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration started = lifetime.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(stoppingToken);

        using var timer = new PeriodicTimer(s_period, time);
        do
        {
            if (api.Value is { } address)
            {
                await AskAsync(new Uri(address, Path), stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task AskAsync(Uri question, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(s_deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        try
        {
            using HttpClient client = clients.CreateClient(ClientName);
            List<TaskView> tasks = [];
            string? cursor = null;
            do
            {
                var page = new Uri(question, cursor is null ? "" : $"?cursor={Uri.EscapeDataString(cursor)}");
                using HttpResponseMessage response = await client.GetAsync(page, HttpCompletionOption.ResponseHeadersRead, either.Token);
                if (!response.IsSuccessStatusCode)
                {
                    feed.Missed($"{question} answered {(int)response.StatusCode}. Is this the Api's address? It is set by Web:ApiAddress.");
                    return;
                }

                using JsonDocument answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(either.Token), cancellationToken: either.Token);
                tasks.AddRange(TaskReader.Read(answer));
                cursor = TaskReader.Next(answer);
            }
            while (cursor is not null);

            feed.Received(tasks);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            feed.Missed($"{question} cannot be reached: {exception.Message}");
        }
        catch (IOException exception)
        {
            feed.Missed($"{question} broke off its answer: {exception.Message}");
        }
        catch (JsonException exception)
        {
            feed.Missed($"{question} answered what is no list of tasks: {exception.Message}");
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            feed.Missed($"{question} did not answer within {s_deadline.TotalSeconds:0} s.");
        }
    }
}
