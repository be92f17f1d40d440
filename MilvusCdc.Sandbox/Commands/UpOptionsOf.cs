using System.CommandLine;
using MilvusCdc.Sandbox.Live;

namespace MilvusCdc.Sandbox.Commands;

/// <summary>How the commands find a running sandbox.</summary>
internal static class UpOptionsOf
{
    public static Option<string?> File() => new("--file") { Description = "The file that 'sandbox up' wrote. Default: .sandbox/up.json below the current folder.", HelpName = "FILE" };

    public static UpAddresses Read(ParseResult parsed, Option<string?> file) => UpAddresses.Read(parsed.GetValue(file) ?? UpAddresses.DefaultFile);
}
