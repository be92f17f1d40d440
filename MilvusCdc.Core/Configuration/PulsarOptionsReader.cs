namespace MilvusCdc.Core.Configuration;

/// <summary>Reads <c>Source:Pulsar</c>, which decides what the source's log is: with a service URL it is Pulsar, without one Kafka.</summary>
internal static class PulsarOptionsReader
{
    private const string At = "Source:Pulsar";

    /// <summary>Null when the log is not on Pulsar.</summary>
    public static PulsarOptions? Read(ConfigurationKeys keys)
    {
        if (!keys.Has($"{At}:ServiceUrl"))
        {
            if (keys.Has(At))
            {
                keys.Mistake($"{CdcOptions.Section}:{At}:ServiceUrl is missing: it is needed because other settings of {CdcOptions.Section}:{At} are there; allowed is pulsar://host:port or pulsar+ssl://host:port");
            }

            return null;
        }

        if (keys.Has("Source:Kafka:BootstrapServers"))
        {
            keys.Mistake($"{CdcOptions.Section}:Source:Kafka:BootstrapServers and {CdcOptions.Section}:{At}:ServiceUrl are both set; allowed is one, since a Milvus has its log at one place");
        }

        PulsarOptions options = new()
        {
            ServiceUrl = keys.Text($"{At}:ServiceUrl", ""),
            Tenant = keys.Text($"{At}:Tenant", "public"),
            Namespace = keys.Text($"{At}:Namespace", "default"),
            Token = keys.Optional($"{At}:Token"),
            TokenFile = keys.File($"{At}:TokenFile"),
            User = keys.Optional($"{At}:User"),
            Password = keys.Optional($"{At}:Password"),
            CaFile = keys.File($"{At}:CaFile"),
            CertFile = keys.File($"{At}:CertFile"),
            KeyFile = keys.File($"{At}:KeyFile"),
            AdminUrl = keys.Has($"{At}:AdminUrl") ? keys.Addresses($"{At}:AdminUrl", new Uri("http://127.0.0.1:8080")).FirstOrDefault() : null,
            Durable = keys.Flag($"{At}:Durable"),
        };
        foreach (string problem in options.ToReader(null).Validate())
        {
            keys.Mistake($"{CdcOptions.Section}:{At}: {problem}");
        }

        return options;
    }
}
