namespace MilvusCdc.Sandbox.Processes;

/// <summary>Waits for an HTTP server that is starting.</summary>
internal static class HttpProbe
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>True once <paramref name="address"/> answers with success; false when <paramref name="givenUp"/> says so or <paramref name="deadline"/> has passed.</summary>
    public static async Task<bool> AnswersAsync(Uri address, TimeSpan deadline, Func<bool> givenUp, CancellationToken cancellation)
    {
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < deadline && !givenUp())
        {
            try
            {
                using HttpResponseMessage response = await client.GetAsync(address, cancellation);
                if (response.IsSuccessStatusCode)
                {
                    return true;
                }
            }
            catch (Exception fault) when (fault is HttpRequestException || (fault is TaskCanceledException && !cancellation.IsCancellationRequested))
            {
                // Not there yet.
            }

            await Task.Delay(Interval, TimeProvider.System, cancellation);
        }

        return false;
    }
}
