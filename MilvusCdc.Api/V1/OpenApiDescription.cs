using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using MilvusCdc.Api.Security;

namespace MilvusCdc.Api.V1;

/// <summary>Describes <c>/api/v1</c> as OpenAPI 3.1: what the framework finds in the routes, and what it cannot see there.</summary>
internal static class OpenApiDescription
{
    /// <summary>The name of the document, and of the API's version.</summary>
    public const string Name = "v1";

    private const string Bearer = "token";

    public static void Fill(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = static description => description.RelativePath?.StartsWith("api/v1", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer(static (document, _, _) => Document(document));
        options.AddOperationTransformer(static (operation, context, _) => Operation(operation, context.Description.ActionDescriptor.EndpointMetadata));
        options.AddSchemaTransformer(static (schema, _, _) => Numbers(schema));
    }

    private static Task Document(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "MilvusCdc",
            Version = "v1",
            Description = Introduction(),
            License = new OpenApiLicense { Name = "Apache 2.0", Identifier = "Apache-2.0" },
        };

        // Where it is served depends on who asks.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token of the configuration (Cdc:Api:Tokens). Without configured tokens none is asked for, on this machine only." },
        };
        foreach (OpenApiOperation operation in document.Paths.Values.SelectMany(static path => path.Operations ?? []).Select(static pair => pair.Value))
        {
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
        }

        return Task.CompletedTask;
    }

    private static Task Operation(OpenApiOperation operation, IList<object> metadata)
    {
        foreach (QueryParameter parameter in metadata.OfType<QueryParameter>())
        {
            Add(operation, parameter.Name, ParameterLocation.Query, parameter.Description, parameter.Type switch
            {
                "integer" => JsonSchemaType.Integer,
                "boolean" => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String,
            });
        }

        if (metadata.OfType<HonoursIfMatch>().Any())
        {
            Add(operation, "If-Match", ParameterLocation.Header, "The tag that the task must still have; else the answer is 412.", JsonSchemaType.String);
        }

        if (metadata.OfType<NeedsRole>().FirstOrDefault() is { Role: { } role })
        {
            operation.Description = $"{(operation.Description is { Length: > 0 } said ? $"{said} " : "")}Needs the role {role}.";
        }

        return Task.CompletedTask;
    }

    private static void Add(OpenApiOperation operation, string name, ParameterLocation where, string description, JsonSchemaType type)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter { Name = name, In = where, Description = description, Schema = new OpenApiSchema { Type = type } });
    }

    // Counts are plain numbers here; timestamps, which are text, are declared as text where they are written so.
    private static Task Numbers(OpenApiSchema schema)
    {
        if (schema.Type is { } type && type.HasFlag(JsonSchemaType.String) && (type.HasFlag(JsonSchemaType.Integer) || type.HasFlag(JsonSchemaType.Number)))
        {
            bool text = schema.Format is "uint64";
            schema.Type = text ? (type & ~JsonSchemaType.Integer & ~JsonSchemaType.Number) : type & ~JsonSchemaType.String;
            schema.Format = text ? null : schema.Format;
            schema.Pattern = text ? "^[0-9]+$" : null;
        }

        return Task.CompletedTask;
    }

    private static string Introduction()
    {
        StringBuilder text = new("Keeps a second Milvus equal to the first one. What is wrong with a request is answered as problem details (RFC 9457): 'code' is one of these words, for ever.\n\n| code | status | meaning |\n|---|---|---|\n");
        foreach (ProblemCode code in ProblemCode.All)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {code.Code} | {code.Status} | {code.Title} |\n");
        }

        return text.ToString();
    }
}
