using System.CommandLine;

namespace MilvusCdc.Sandbox.Commands;

/// <summary>Options that both stand-ins' commands have.</summary>
internal static class StandInOptionsOf
{
    private const int MaxChannels = 256;
    private const int MaxPort = 65_535;

    public static Option<int> Channels()
    {
        Option<int> channels = new("--channels") { Description = "Physical channels: 1 to 256.", HelpName = "N", DefaultValueFactory = _ => 16 };
        channels.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxChannels)
            {
                result.AddError($"--channels must be 1 to {MaxChannels}.");
            }
        });
        return channels;
    }

    public static Option<int> Port(string name, string what)
    {
        Option<int> port = new(name) { Description = $"The port for {what}", HelpName = "PORT", DefaultValueFactory = _ => 0 };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > MaxPort)
            {
                result.AddError($"{name} must be 0 to {MaxPort}.");
            }
        });
        return port;
    }
}
