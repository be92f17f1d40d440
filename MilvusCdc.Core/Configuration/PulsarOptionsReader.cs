namespace MilvusCdc.Core.Configuration;

/// <summary>Reads <c>Source:Pulsar</c>, which decides what the source's log is: with a service URL it is Pulsar, without one Kafka.</summary>
internal static class PulsarOptionsReader
{
    private const string At = "Source:Pulsar";

    /// <summary>Null when the log is not on Pulsar.</summary>
    public static PulsarOptions? Read(ConfigurationKeys keys)
    {
        PulsarOptions options = new()
        {
            ServiceUrl = keys.Text($"{At}:ServiceUrl", "", "The Pulsar brokers that hold the source's log, instead of Kafka: `pulsar://host:port` or `pulsar+ssl://host:port`."),
            Tenant = keys.Text($"{At}:Tenant", "public", "The source's `pulsar.tenant`."),
            Namespace = keys.Text($"{At}:Namespace", "default", "The source's `pulsar.namespace`."),
            Token = keys.Secret($"{At}:Token", "Token of the Pulsar user."),
            TokenFile = keys.File($"{At}:TokenFile", "File with the token, read anew for every connection."),
            User = keys.Optional($"{At}:User", "Name for Pulsar's basic login."),
            Password = keys.Secret($"{At}:Password", "Password for Pulsar's basic login."),
            CaFile = keys.File($"{At}:CaFile", "PEM file with the authorities that may sign the brokers' certificates."),
            CertFile = keys.File($"{At}:CertFile", "PEM file with the client certificate."),
            KeyFile = keys.File($"{At}:KeyFile", "PEM file with the client key."),
            AdminUrl = keys.OptionalAddress($"{At}:AdminUrl", "Pulsar's admin API: each task then says how long Pulsar keeps the log."),
            Durable = keys.Flag($"{At}:Durable", "Keep a durable subscription for each task, so that the broker keeps what the task has not replicated."),
        };
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

        foreach (string problem in options.ToReader(null).Validate())
        {
            keys.Mistake($"{CdcOptions.Section}:{At}: {problem}");
        }

        return options;
    }
}
