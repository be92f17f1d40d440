using System.Globalization;
using System.Text.RegularExpressions;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>What a client wants to be created.</summary>
/// <param name="Definition">The task.</param>
/// <param name="Paused">Whether it begins paused.</param>
/// <param name="StatedId">Whether the client chose the id.</param>
internal sealed record WantedTask(TaskDefinition Definition, bool Paused, bool StatedId);

/// <summary>Reads the body of <c>POST /tasks</c> and <c>POST /plan</c>. All mistakes come together.</summary>
internal static partial class TaskBody
{
    private const int MostPatterns = 1_000;
    private const int MostPositions = 10_000;
    private const int LongestPath = 1_024;
    private const int LongestName = 600;

    /// <summary>Throws a <see cref="V1Exception"/> with everything that is wrong.</summary>
    public static WantedTask Read(BodyFields body)
    {
        string? id = ReadId(body);
        TargetEndpoint? target = body.Object("target", required: true) is { } stated ? ReadTarget(stated) : null;
        CollectionSelection? selection = body.Object("collections", required: true) is { } collections ? ReadSelection(collections) : null;
        TaskDefinition definition = new()
        {
            Id = id ?? Guid.NewGuid().ToString("N"),
            Target = target ?? new TargetEndpoint { Address = new Uri("http://unknown") },
            Selection = selection ?? CollectionSelection.All,
            Mappings = ReadMappings(body),
            Start = body.Choice<TaskStart>("start") ?? TaskStart.Latest,
            Positions = ReadPositions(body),
            OperationPosition = body.Text("operationPosition", LongestPath),
            Policies = ReadPolicies(body.Object("policies"), new TaskPolicies()),
            DisableAutoStart = body.Flag("autoStart") is false,
        };
        bool paused = body.Flag("paused") ?? false;
        body.NothingElse();

        // What one member alone cannot tell: only when all of them can be used does it make sense to compare them.
        if (body.Mistakes.Count == 0)
        {
            foreach (string mistake in TaskValidator.Validate(definition))
            {
                body.Wrong("", "contradiction", mistake);
            }
        }

        body.ThrowIfWrong();
        return new WantedTask(definition, paused, id is not null);
    }

    /// <summary>Policies, as stated over as they were.</summary>
    internal static TaskPolicies ReadPolicies(BodyFields? body, TaskPolicies before)
    {
        if (body is null)
        {
            return before;
        }

        TaskPolicies policies = new()
        {
            Metadata = body.Choice<MetadataPolicy>("metadata") ?? before.Metadata,
            Unsupported = body.Choice<UnsupportedPolicy>("unsupported") ?? before.Unsupported,
            Refused = body.Choice<RefusedPolicy>("refused") ?? before.Refused,
            ReplicateUsersAndRoles = body.Flag("usersAndRoles") ?? before.ReplicateUsersAndRoles,
        };
        body.NothingElse();
        return policies;
    }

    /// <summary>TLS settings, as stated over as they were.</summary>
    internal static TargetEndpoint ReadTls(BodyFields? body, TargetEndpoint before)
    {
        if (body is null)
        {
            return before;
        }

        TargetEndpoint endpoint = before with
        {
            AuthorityFile = ReadFile(body, "authorityFile") ?? before.AuthorityFile,
            ClientCertificateFile = ReadFile(body, "clientCertificateFile") ?? before.ClientCertificateFile,
            ClientKeyFile = ReadFile(body, "clientKeyFile") ?? before.ClientKeyFile,
            ServerName = body.Text("serverName", 253) ?? before.ServerName,
        };
        if (endpoint.ClientCertificateFile is null != endpoint.ClientKeyFile is null)
        {
            body.Wrong(endpoint.ClientKeyFile is null ? "clientKeyFile" : "clientCertificateFile", "required", "is missing: certificate and key go together");
        }

        body.NothingElse();
        return endpoint;
    }

    /// <summary>Seconds of a connect timeout.</summary>
    internal static TimeSpan? ReadTimeout(BodyFields target) => target.Number("connectTimeoutSeconds", 0, 3600, "seconds") is { } seconds ? TimeSpan.FromSeconds(Math.Max(seconds, 0.001)) : null;

    private static string? ReadId(BodyFields body)
    {
        string? id = body.Text("id", 128);
        if (id is not null && !IdPattern().IsMatch(id))
        {
            body.Wrong("id", "format", $"is '{BodyFields.Shown(id)}'; allowed are letters, digits, '.', '_' and '-', beginning with a letter or digit");
        }

        return id;
    }

    private static TargetEndpoint ReadTarget(BodyFields body)
    {
        string? address = body.Text("address", 2_048, required: true);
        Uri uri = new("http://unknown");
        if (address is not null)
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? parsed) || parsed.Scheme is not ("http" or "https") || parsed.Host.Length == 0 || parsed.PathAndQuery is not "/" || parsed.Fragment.Length > 0)
            {
                // It may hold a login, so it is not shown.
                body.Wrong("address", "format", "is no address of a Milvus; allowed is http://host:port or https://host:port, without a path");
            }
            else if (parsed.UserInfo.Length > 0)
            {
                body.Wrong("address", "format", "holds a login; allowed is a login in 'token' only");
            }
            else
            {
                uri = parsed;
            }
        }

        TargetEndpoint target = new()
        {
            Address = uri,
            Token = body.Text("token", 4_096),
            IgnorePartitions = body.Flag("ignorePartitions") ?? false,
        };
        target = target with { ConnectTimeout = ReadTimeout(body) ?? target.ConnectTimeout };
        target = ReadTls(body.Object("tls"), target);
        body.NothingElse();
        return target;
    }

    private static CollectionSelection ReadSelection(BodyFields body)
    {
        List<CollectionPattern> include = ReadPatterns(body, "include", required: true);
        List<CollectionPattern> exclude = ReadPatterns(body, "exclude", required: false);
        foreach (CollectionPattern none in include.Where(taken => exclude.Exists(left => TaskOverlap.Covers(left, taken))))
        {
            body.Wrong("exclude", "contradiction", $"leaves out all of '{none.Database}.{none.Collection}', which 'include' takes in");
        }

        body.NothingElse();
        return new CollectionSelection(include, exclude);
    }

    private static List<CollectionPattern> ReadPatterns(BodyFields body, string name, bool required)
    {
        List<CollectionPattern> patterns = [];
        if (body.Texts(name, MostPatterns, required) is not { } texts)
        {
            return patterns;
        }

        foreach (string text in texts)
        {
            if (ReadName(text) is not { } pattern)
            {
                body.Wrong(name, "format", $"has '{BodyFields.Shown(text)}'; allowed is database.collection, where * stands for all: 'shop.orders', 'shop.*', '*.*'");
            }
            else if (patterns.Contains(pattern))
            {
                body.Wrong(name, "duplicate", $"has '{BodyFields.Shown(text)}' more than once");
            }
            else
            {
                patterns.Add(pattern);
            }
        }

        if (required && texts.Count == 0)
        {
            body.Wrong(name, "range", "is empty; allowed is at least one, where '*.*' stands for everything");
        }

        return patterns;
    }

    private static CollectionPattern? ReadName(string text)
    {
        string[] parts = text.Split('.');
        return text.Length <= LongestName && parts.Length == 2 && parts.All(static part => part is "*" || NamePattern().IsMatch(part)) ? new CollectionPattern(parts[0], parts[1]) : null;
    }

    private static List<NameMapping> ReadMappings(BodyFields body)
    {
        List<(CollectionPattern From, CollectionPattern To)> pairs = [];
        foreach (BodyFields mapping in body.Objects("mappings", MostPatterns) ?? [])
        {
            string? source = mapping.Text("source", LongestName, required: true);
            string? target = mapping.Text("target", LongestName, required: true);
            mapping.NothingElse();
            if (source is null || target is null)
            {
                continue;
            }

            if (ReadName(source) is not { Database: not "*" } from || ReadName(target) is not { Database: not "*" } to || from.Collection is "*" != to.Collection is "*")
            {
                mapping.Wrong("", "format", $"maps '{BodyFields.Shown(source)}' to '{BodyFields.Shown(target)}'; allowed is 'shop.orders' to 'store.sales', or a whole database: 'shop.*' to 'store.*'");
            }
            else if (pairs.Exists(pair => pair.From == from))
            {
                mapping.Wrong("source", "duplicate", $"is '{source}' for the second time");
            }
            else if (pairs.Exists(pair => pair.To == to))
            {
                mapping.Wrong("target", "duplicate", $"is '{target}' for the second time: two collections cannot become one");
            }
            else
            {
                pairs.Add((from, to));
            }
        }

        return
        [
            .. pairs.Where(static pair => pair.From.Collection is "*").Select(static pair => new NameMapping(pair.From.Database, pair.To.Database, new Dictionary<string, string>())),
            .. pairs.Where(static pair => pair.From.Collection is not "*").GroupBy(static pair => (From: pair.From.Database, To: pair.To.Database))
                .Select(static group => new NameMapping(group.Key.From, group.Key.To, group.ToDictionary(static pair => pair.From.Collection, static pair => pair.To.Collection, StringComparer.Ordinal))),
        ];
    }

    private static IReadOnlyDictionary<string, string> ReadPositions(BodyFields body)
    {
        IReadOnlyDictionary<string, string> positions = body.Map("positions", MostPositions) ?? new Dictionary<string, string>();
        foreach (string empty in positions.Where(static pair => pair.Value.Length == 0).Select(static pair => pair.Key))
        {
            body.Wrong("positions", "range", string.Create(CultureInfo.InvariantCulture, $"has no position for '{BodyFields.Shown(empty)}'; allowed is the base64 of a MsgPosition"));
        }

        return positions;
    }

    private static string? ReadFile(BodyFields body, string name)
    {
        string? path = body.Text(name, LongestPath);
        if (path is not null && !File.Exists(path))
        {
            body.Wrong(name, "format", $"is '{BodyFields.Shown(path)}', which is no file on this machine; allowed is the path of a PEM file");
        }

        return path;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_$]*\z")]
    private static partial Regex NamePattern();
}
