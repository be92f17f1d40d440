using System.Globalization;

namespace MilvusCdc.Core.Configuration.GoConfig;

/// <summary>Says in this program's keys what a file of the Go tool says (control-plane.md §4).</summary>
internal sealed class GoConfigReader
{
    private readonly GoConfigTree _file;
    private readonly Dictionary<string, GoConfigValue> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _warnings = [];

    private GoConfigReader(GoConfigTree file) => _file = file;

    /// <summary>What a file comes to.</summary>
    public static GoConfigResult Read(string path)
    {
        GoConfigReader reader = new(GoConfigTree.Read(path));
        if (reader._file.Mistakes.Count == 0)
        {
            reader.ReadServer();
            reader.ReadMetaStore();
            reader.ReadSource();
            reader.PassOver();
            foreach ((string unknown, long line) in reader._file.Unknown())
            {
                reader._warnings.Add($"{unknown} ({path}, line {line}) is not known and has no effect");
            }
        }

        return new GoConfigResult(path, reader._values, reader._file.Mistakes, reader._warnings);
    }

    private void ReadServer()
    {
        if (_file.Text("address") is { Length: > 0 } address)
        {
            Put("urls", $"http://{(address.StartsWith(':') ? $"*{address}" : address)}", "address");
        }

        long tasks = _file.Number("maxTaskNum");
        if (tasks != 0)
        {
            Put("Cdc:Api:MaxTasks", tasks.ToString(CultureInfo.InvariantCulture), "maxTaskNum");
        }
        else if (_file.Has("maxTaskNum"))
        {
            _warnings.Add($"maxTaskNum ({_file.File}) is 0, with which the Go tool refuses every task; here it is the default of 100");
        }

        long name = _file.Number("maxNameLength");
        if (name != 0)
        {
            Put("Cdc:Api:MaxNameLength", name.ToString(CultureInfo.InvariantCulture), "maxNameLength");
        }

        string? level = _file.Text("logLevel");
        string? ours = level?.ToLowerInvariant() switch
        {
            null or "" => null,
            "debug" => "Debug",
            "info" => "Information",
            "warn" => "Warning",
            "error" => "Error",
            "dpanic" or "panic" or "fatal" => "Critical",
            _ => "",
        };
        if (ours is "")
        {
            _warnings.Add($"logLevel ({_file.File}) is '{level}', which is none of debug, info, warn, error, dpanic, panic and fatal; info is used");
        }
        else if (ours is not null)
        {
            Put("Logging:LogLevel:Default", ours, "logLevel");
        }
    }

    private void ReadMetaStore()
    {
        const string at = "metaStoreConfig";
        string store = _file.Text($"{at}.storeType") ?? "";
        _file.Text($"{at}.mysqlSourceUrl");
        if (store == "mysql")
        {
            _file.Mistakes.Add(
                $"{at}.storeType ({_file.File}) is 'mysql', which MilvusCdc does not have; allowed is 'etcd'. To move, name an etcd here, start, and create the tasks anew from their positions: docs/take-over.md says how");
        }
        else if (store != "etcd")
        {
            _file.Mistakes.Add($"{at}.storeType ({_file.File}) is '{store}'; allowed is 'etcd'");
        }

        if (_file.Text($"{at}.rootPath") is { Length: > 0 } root)
        {
            Put("Cdc:MetaStore:RootPath", root.Trim('/'), $"{at}.rootPath");

            // Its records begin with the text as it stands, a slash at its beginning included.
            Put("Cdc:TakeOver:RootPath", root.Trim('/'), $"{at}.rootPath");
        }

        IReadOnlyList<string> old = _file.List($"{at}.etcdEndpoints");
        ReadEtcd($"{at}.etcd", "Cdc:MetaStore:Etcd", old.Count > 0 ? old : null, $"{at}.etcdEndpoints");
        _file.Text($"{at}.etcd.rootPath");
        _file.Text($"{at}.etcd.metaSubPath");
    }

    private void ReadSource()
    {
        const string at = "sourceConfig";
        IReadOnlyList<string> old = _file.List($"{at}.etcdAddress");
        ReadEtcd($"{at}.etcd", "Cdc:Source:Etcd", old.Count > 0 ? old : null, $"{at}.etcdAddress");
        (string root, string sub) = old.Count > 0 ? ($"{at}.etcdRootPath", $"{at}.etcdMetaSubPath") : ($"{at}.etcd.rootPath", $"{at}.etcd.metaSubPath");
        Copy(root, "Cdc:Source:Etcd:RootPath");
        Copy(sub, "Cdc:Source:Etcd:MetaSubPath");
        foreach (string other in (string[])["etcd.rootPath", "etcd.metaSubPath", "etcdRootPath", "etcdMetaSubPath"])
        {
            _file.Text($"{at}.{other}");
        }

        if (_file.Text($"{at}.replicateChan") is { Length: > 0 } channel)
        {
            Put("Cdc:Source:ReplicateChannel", channel, $"{at}.replicateChan");
        }
        else
        {
            _file.Mistakes.Add($"{at}.replicateChan ({_file.File}) is missing; allowed is the source's channel prefix with '-replicate-msg', such as by-dev-replicate-msg");
        }

        Copy($"{at}.defaultPartitionName", "Cdc:Source:DefaultPartition");
        if (_file.Text($"{at}.pulsar.address") is { Length: > 0 } pulsar)
        {
            // The Go tool reads Pulsar when both have an address.
            ReadPulsar($"{at}.pulsar", pulsar);
            _file.Skip($"{at}.kafka");
        }
        else
        {
            ReadKafka($"{at}.kafka");
            _file.Skip($"{at}.pulsar");
        }
    }

    private void ReadPulsar(string at, string address)
    {
        string url = address.Contains("://", StringComparison.Ordinal) ? address : $"pulsar://{address}";
        Put("Cdc:Source:Pulsar:ServiceUrl", url, $"{at}.address");
        Copy($"{at}.tenant", "Cdc:Source:Pulsar:Tenant");
        Copy($"{at}.namespace", "Cdc:Source:Pulsar:Namespace");
        long port = _file.Number($"{at}.webPort");
        string? web = _file.Text($"{at}.webAddress");
        if (web is { Length: > 0 })
        {
            string host = web.Contains("://", StringComparison.Ordinal) ? web : $"http://{web}";
            Put("Cdc:Source:Pulsar:AdminUrl", port == 0 || host.LastIndexOf(':') > host.IndexOf("//", StringComparison.Ordinal) ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"), $"{at}.webAddress");
        }
        else if (port != 0 && Uri.TryCreate(url, UriKind.Absolute, out Uri? broker))
        {
            Put("Cdc:Source:Pulsar:AdminUrl", string.Create(CultureInfo.InvariantCulture, $"http://{broker.Host}:{port}"), $"{at}.webPort");
        }

        ReadPulsarLogin(at);
        _file.Text($"{at}.maxMessageSize");
    }

    // Pulsar's own words: the plugin's name, and its parameters as k:v,k:v.
    private void ReadPulsarLogin(string at)
    {
        string plugin = _file.Text($"{at}.authPlugin") ?? "", stated = _file.Text($"{at}.authParams") ?? "";
        Dictionary<string, string> parameters = stated.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(static pair => pair.Split(':', 2))
            .Where(static pair => pair.Length == 2)
            .ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.OrdinalIgnoreCase);
        if (plugin.Length == 0)
        {
            return;
        }

        if (Is("token") && parameters.TryGetValue("token", out string? token))
        {
            Put("Cdc:Source:Pulsar:Token", token, $"{at}.authParams");
        }
        else if (Is("token") && parameters.TryGetValue("file", out string? file))
        {
            Put("Cdc:Source:Pulsar:TokenFile", file, $"{at}.authParams");
        }
        else if (Is("basic") && parameters.TryGetValue("userId", out string? user) && parameters.TryGetValue("password", out string? password))
        {
            Put("Cdc:Source:Pulsar:User", user, $"{at}.authParams");
            Put("Cdc:Source:Pulsar:Password", password, $"{at}.authParams");
        }
        else if (Is("tls") && parameters.TryGetValue("tlsCertFile", out string? certificate) && parameters.TryGetValue("tlsKeyFile", out string? key))
        {
            Put("Cdc:Source:Pulsar:CertFile", certificate, $"{at}.authParams");
            Put("Cdc:Source:Pulsar:KeyFile", key, $"{at}.authParams");
        }
        else
        {
            _file.Mistakes.Add(
                $"{at}.authPlugin ({_file.File}) is '{plugin}', for which {at}.authParams has not what it needs; allowed are token (token:… or file:…), basic (userId:…,password:…) and tls (tlsCertFile:…,tlsKeyFile:…)");
        }

        // As a name of its own, or as the end of a Java class's.
        bool Is(string name) => plugin.EndsWith(name, StringComparison.OrdinalIgnoreCase);
    }

    private void ReadKafka(string at)
    {
        const string settings = "Cdc:Source:Kafka:Settings";
        Copy($"{at}.address", "Cdc:Source:Kafka:BootstrapServers");
        foreach ((string name, string value) in _file.Map($"{at}.consumer"))
        {
            Put($"{settings}:{name}", value, $"{at}.consumer.{name}");
        }

        _file.Skip($"{at}.producer");
        _file.Has($"{at}.producer");
        Copy($"{at}.saslUsername", $"{settings}:sasl.username");
        Copy($"{at}.saslPassword", $"{settings}:sasl.password");
        Copy($"{at}.saslMechanisms", $"{settings}:sasl.mechanisms");
        Copy($"{at}.securityProtocol", $"{settings}:security.protocol");
    }

    private void ReadEtcd(string at, string to, IReadOnlyList<string>? old, string oldKey)
    {
        bool secure = _file.Flag($"{at}.enableTLS");
        bool login = _file.Flag($"{at}.enableAuth");
        (string, string)[] files = [($"{at}.tlsCertPath", "CertFile"), ($"{at}.tlsKeyPath", "KeyFile"), ($"{at}.tlsCACertPath", "CaFile")];
        IReadOnlyList<string> addresses = _file.List($"{at}.address");
        string? user = _file.Text($"{at}.username"), password = _file.Text($"{at}.password"), version = _file.Text($"{at}.tlsMinVersion");
        string?[] paths = [.. files.Select(file => _file.Text(file.Item1))];
        if (old is not null)
        {
            // The deprecated list stands for the whole group: no login, no TLS.
            PutAddresses(old, "http", to, oldKey);
            return;
        }

        PutAddresses(addresses, secure ? "https" : "http", to, $"{at}.address");
        if (login)
        {
            Put($"{to}:User", user ?? "", $"{at}.username");
            Put($"{to}:Password", password ?? "", $"{at}.password");
        }

        if (!secure)
        {
            return;
        }

        if (version is not ("1.0" or "1.1" or "1.2" or "1.3"))
        {
            _file.Mistakes.Add($"{at}.tlsMinVersion ({_file.File}) is '{version}'; allowed is \"1.0\", \"1.1\", \"1.2\" or \"1.3\", in quotes");
        }

        for (int file = 0; file < files.Length; file++)
        {
            if (paths[file] is { Length: > 0 } path)
            {
                Put($"{to}:{files[file].Item2}", path, files[file].Item1);
            }
            else
            {
                _file.Mistakes.Add($"{files[file].Item1} ({_file.File}) is missing; it is needed because {at}.enableTLS is true");
            }
        }
    }

    private void PutAddresses(IReadOnlyList<string> addresses, string scheme, string to, string key)
    {
        for (int index = 0; index < addresses.Count; index++)
        {
            string address = addresses[index];
            Put($"{to}:Endpoints:{index}", address.Contains("://", StringComparison.Ordinal) ? address : $"{scheme}://{address}", key);
        }
    }

    private void PassOver()
    {
        (string Key, string Why)[] needless =
        [
            ("sourceConfig.readChanLen", "memory is limited by bytes"),
            ("sourceConfig.channelNum", "the channels are counted by themselves"),
            ("sourceConfig.timeTickInterval", "ticks go out when the rows before them have arrived"),
            ("retry", "faults are retried for ever, with growing pauses"),
            ("packer", "calls are filled up to a number of bytes, without a timer"),
            ("detectDeadLock", "there is nothing to detect"),
            ("batchMode", "catching up needs no mode of its own"),
            ("enableReverse", "the Go tool does not look at it either"),
            ("reverseMilvus", "the Go tool does not look at it either"),
            ("currentMilvus", "the Go tool does not look at it either"),
        ];
        foreach ((string key, string why) in needless)
        {
            bool stated = _file.Has(key);
            _file.Skip(key);
            if (stated)
            {
                _warnings.Add($"{key} ({_file.File}) has no effect: {why}");
            }
        }

        if (_file.Text("replicateID") is { Length: > 0 } id)
        {
            _warnings.Add($"replicateID ({_file.File}) is '{id}' and has no effect: messages and collections on the target carry no mark of their own");
        }

        if (_file.Flag("dryRun"))
        {
            _file.Mistakes.Add($"dryRun ({_file.File}) is true, which MilvusCdc does not have: it would write to the target; allowed is false");
        }
    }

    private void Copy(string key, string to)
    {
        if (_file.Text(key) is { Length: > 0 } value)
        {
            Put(to, value, key);
        }
    }

    private void Put(string to, string value, string key) => _values[to] = new GoConfigValue(value, $"{key} in {_file.File}");
}

/// <summary>One value and where it stands in the file.</summary>
internal sealed record GoConfigValue(string Value, string Origin);

/// <summary>What a file says: values by this program's keys, and what is wrong with it.</summary>
internal sealed record GoConfigResult(string Path, IReadOnlyDictionary<string, GoConfigValue> Values, IReadOnlyList<string> Mistakes, IReadOnlyList<string> Warnings);
