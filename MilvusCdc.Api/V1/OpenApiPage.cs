using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using MilvusCdc.Api.Security;

namespace MilvusCdc.Api.V1;

/// <summary>The description of the API as one page for people: no script, nothing from elsewhere.</summary>
internal static class OpenApiPage
{
    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2530;background:#fff}
        h2{margin-top:2.5rem;border-bottom:1px solid #d5dce3}h3{font-size:1rem;margin:1.6rem 0 .2rem}code,pre{font:13px/1.45 ui-monospace,monospace;background:#f2f5f8;border-radius:4px;padding:.1em .3em}
        b{display:inline-block;min-width:4.2em;color:#0b5cad}table{border-collapse:collapse;margin:.4rem 0}td,th{text-align:left;padding:.15rem .8rem .15rem 0;vertical-align:top}
        @media(prefers-color-scheme:dark){body{color:#dde5ec;background:#12181f}code,pre{background:#1d2731}h2{border-color:#33404d}b{color:#6db3f2}}
        """;

    public static void MapOpenApiPage(this IEndpointRouteBuilder routes) => routes.MapGet("/openapi", ShowAsync).ExcludeFromDescription().WithMetadata(new NeedsRole(null));

    private static async Task<IResult> ShowAsync([Microsoft.Extensions.DependencyInjection.FromKeyedServices(OpenApiDescription.Name)] IOpenApiDocumentProvider documents, CancellationToken cancellation) =>
        Results.Content(Render(await documents.GetOpenApiDocumentAsync(cancellation)), "text/html; charset=utf-8");

    private static string Render(OpenApiDocument document)
    {
        StringBuilder page = new();
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'><title>{Text(document.Info.Title)} API</title><style>{Style}</style></head><body>");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(document.Info.Title)} API {Text(document.Info.Version)}</h1><p>For programs: <a href='/openapi/v1.json'>/openapi/v1.json</a>.</p>");
        IEnumerable<(string Path, HttpMethod Method, OpenApiOperation Operation)> all = document.Paths
            .SelectMany(static path => (path.Value.Operations ?? []).Select(operation => (path.Key, operation.Key, operation.Value)));
        foreach (IGrouping<string, (string Path, HttpMethod Method, OpenApiOperation Operation)> tag in all.GroupBy(static one => one.Operation.Tags?.FirstOrDefault()?.Name ?? ""))
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(tag.Key)}</h2>");
            foreach ((string path, HttpMethod method, OpenApiOperation operation) in tag)
            {
                Operation(page, path, method, operation);
            }
        }

        page.Append("<h2>What can be wrong</h2><table>");
        foreach (ProblemCode code in ProblemCode.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{code.Code}</code></td><td>{code.Status}</td><td>{Text(code.Title)}</td></tr>");
        }

        page.Append("</table><h2>Objects</h2>");
        foreach ((string name, IOpenApiSchema schema) in document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>())
        {
            Schema(page, name, schema);
        }

        return page.Append("</body></html>").ToString();
    }

    private static void Operation(StringBuilder page, string path, HttpMethod method, OpenApiOperation operation)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h3 id='{Text(operation.OperationId)}'><b>{method.Method}</b><code>{Text(path)}</code></h3><p>{Text(operation.Summary)} {Text(operation.Description)}</p><table>");
        foreach (IOpenApiParameter parameter in operation.Parameters ?? [])
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Text(parameter.Name)}</code></td><td>{Text(parameter.In?.ToString().ToLowerInvariant())}</td><td>{Text(parameter.Description)}</td></tr>");
        }

        foreach ((string type, OpenApiMediaType body) in operation.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>())
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>body</td><td></td><td>{Link(body.Schema)} <code>{Text(type)}</code></td></tr>");
        }

        foreach ((string status, IOpenApiResponse response) in (operation.Responses ?? []).Where(static one => one.Key.StartsWith('2')))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(status)}</td><td></td><td>{string.Join(", ", (response.Content ?? new Dictionary<string, OpenApiMediaType>()).Select(static content => content.Value.Schema is null ? $"<code>{Text(content.Key)}</code>" : Link(content.Value.Schema)))}</td></tr>");
        }

        page.Append("</table>");
    }

    private static void Schema(StringBuilder page, string name, IOpenApiSchema schema)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h3 id='type-{Text(name)}'>{Text(name)}</h3><p>{Text(schema.Description)}</p><table>");
        foreach ((string member, IOpenApiSchema inner) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Text(member)}</code>{(schema.Required?.Contains(member) == true ? " *" : "")}</td><td>{Link(inner)}</td><td>{Text(inner.Description)}</td></tr>");
        }

        if (schema.Enum is { Count: > 0 } values)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{string.Join(" ", values.Select(static value => $"<code>{Text(value?.ToString())}</code>"))}</td></tr>");
        }

        page.Append("</table>");
    }

    private static string Link(IOpenApiSchema? schema)
    {
        if (schema is OpenApiSchemaReference { Reference.Id: { } id })
        {
            return $"<a href='#type-{Text(id)}'>{Text(id)}</a>";
        }

        string type = schema?.Type is { } kind ? (kind & ~JsonSchemaType.Null).ToString().ToLowerInvariant() : "anything";
        return schema?.Items is { } items ? $"list of {Link(items)}" : schema?.AdditionalProperties is { } values ? $"map of {Link(values)}" : Text(type);
    }

    private static string Text(string? text) => WebUtility.HtmlEncode(text ?? "");
}
