using System.Runtime.InteropServices;
using Confluent.Kafka;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Leads Confluent.Kafka to the system's librdkafka: the package's own native library is not used (see MilvusCdc.Protocol.csproj).</summary>
public static class KafkaNativeLibrary
{
    private const string SystemName = "librdkafka.so.1";

    private static readonly Lazy<nint> Loaded = new(Load);

    /// <summary>To be called before anything of Confluent.Kafka is used; any number of times. Throws <see cref="SourceLogException"/> when librdkafka is not installed.</summary>
    public static void Use() => _ = Loaded.Value;

    private static nint Load()
    {
        if (!NativeLibrary.TryLoad(SystemName, out nint handle))
        {
            throw new SourceLogException($"Kafka cannot be read: the library {SystemName} is missing on this machine; install it (Debian and Ubuntu: apt-get install librdkafka1).", fault: SourceLogFault.NotInstalled);
        }

        // Confluent.Kafka asks for "librdkafka", then for variants such as "centos7-librdkafka".
        NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, (name, _, _) => name.EndsWith("librdkafka", StringComparison.Ordinal) ? handle : 0);
        return handle;
    }
}
