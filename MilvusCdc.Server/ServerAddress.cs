namespace Microsoft.Extensions.Hosting;

/// <summary>Where the server listens when nobody said where.</summary>
internal static class ServerAddress
{
    /// <summary>The Go tool's port, on this machine only: the API has no login.</summary>
    public const string Standard = "http://127.0.0.1:8444";

    public static void UseStandardAddress(this WebApplicationBuilder builder)
    {
        IConfiguration configuration = builder.Configuration;
        bool stated = new[] { "urls", "http_ports", "https_ports" }.Any(key => !string.IsNullOrEmpty(configuration[key])) || configuration.GetSection("Kestrel:Endpoints").Exists();
        if (!stated)
        {
            builder.WebHost.UseUrls(Standard);
        }
    }
}
