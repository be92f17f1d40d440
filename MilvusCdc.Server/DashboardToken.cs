using System.Security.Cryptography;
using System.Text;

namespace Microsoft.Extensions.Hosting;

/// <summary>Lets the dashboard of this process read this process's API when that asks for tokens.</summary>
internal static class DashboardToken
{
    /// <summary>A token for this run only, known to nobody else. Does nothing when no tokens are configured, or when the dashboard has one.</summary>
    public static void UseDashboardToken(this WebApplicationBuilder builder)
    {
        IConfiguration configuration = builder.Configuration;
        if (!configuration.GetSection("Cdc:Api:Tokens").Exists() || configuration["Web:ApiToken"] is { Length: > 0 } || configuration["Web:ApiAddress"] is { Length: > 0 })
        {
            return;
        }

        string token = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Web:ApiToken"] = token,
            ["Cdc:Api:Tokens:dashboard:Name"] = "the server's own dashboard",
            ["Cdc:Api:Tokens:dashboard:Role"] = "Reader",
            ["Cdc:Api:Tokens:dashboard:Sha256"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token))),
        });
    }
}
