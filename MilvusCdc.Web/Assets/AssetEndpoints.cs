using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace MilvusCdc.Web.Assets;

/// <summary>
/// Serves the dashboard's two files out of this assembly. Static web assets would need the host's own manifest and a published folder; this works the same in every process
/// the dashboard is part of.
/// </summary>
internal static class AssetEndpoints
{
    private static readonly Asset s_style = Load("dashboard.css", "text/css; charset=utf-8");
    private static readonly Asset s_script = Load("blazor.web.js", "text/javascript; charset=utf-8");

    /// <summary>Address of the style sheet; changes with its content, so that browsers may keep it.</summary>
    public static string StyleAddress { get; } = $"_dashboard/dashboard.css?v={s_style.Version}";

    /// <summary>Address of Blazor's script.</summary>
    public static string ScriptAddress { get; } = $"_framework/blazor.web.js?v={s_script.Version}";

    public static void MapAssets(this IEndpointRouteBuilder app)
    {
        app.MapGet("/_dashboard/dashboard.css", (HttpContext context) => Send(context, s_style)).ExcludeFromDescription();
        app.MapGet("/_framework/blazor.web.js", (HttpContext context) => Send(context, s_script)).ExcludeFromDescription();
    }

    private static IResult Send(HttpContext context, Asset asset)
    {
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Content, asset.ContentType, entityTag: new EntityTagHeaderValue($"\"{asset.Version}\""));
    }

    private static Asset Load(string name, string contentType)
    {
        using Stream source = typeof(AssetEndpoints).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The dashboard was built without its resource '{name}'.");
        byte[] content = new byte[source.Length];
        source.ReadExactly(content);
        return new Asset(content, contentType, Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8)));
    }

    private sealed record Asset(byte[] Content, string ContentType, string Version);
}
