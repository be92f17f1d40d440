namespace MilvusCdc.ServiceDefaults.Http;

/// <summary>Runs what may be repeated through <see cref="HttpResilience"/>; everything else goes out once.</summary>
internal sealed class ResilienceHandler(HttpResilience resilience) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!HttpResilience.MayRepeat(request.Method))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        return await resilience.Pipeline.ExecuteAsync(
            async cancellation => await base.SendAsync(request, cancellation),
            cancellationToken);
    }
}
