using System.Reflection;
using System.Runtime.InteropServices;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar.Codecs;

/// <summary>Finds the two libraries of the system that this room calls, and says which package brings one that is missing.</summary>
internal static class SystemLibrary
{
    public const string Zstd = "libzstd.so.1";
    public const string Lz4 = "liblz4.so.1";

    /// <summary>Throws <see cref="SourceLogException"/> when the library is not installed.</summary>
    public static void Require(string name) => Require(name, typeof(SystemLibrary).Assembly);

    internal static void Require(string name, Assembly by)
    {
        if (!NativeLibrary.TryLoad(name, by, null, out _))
        {
            throw new SourceLogException(
                $"Pulsar's messages cannot be unpacked: the library {name} is missing on this machine; install it (Debian and Ubuntu: apt-get install {PackageOf(name)}).");
        }
    }

    private static string PackageOf(string name) => name switch
    {
        Zstd => "libzstd1",
        Lz4 => "liblz4-1",
        _ => name,
    };
}
