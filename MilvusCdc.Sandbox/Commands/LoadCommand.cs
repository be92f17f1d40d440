using System.CommandLine;
using System.Globalization;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Sandbox.Live;
using MilvusCdc.Sandbox.Processes;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox load</c>.</summary>
internal static class LoadCommand
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);

    public static Command Create(IAnsiConsole console)
    {
        Option<string?> file = UpOptionsOf.File();
        Option<string?> source = new("--source") { Description = "The Milvus to write to. Default: the running sandbox's source.", HelpName = "URL" };
        Option<int> rate = Whole("--rate", "Rows a second.", 100, 1, 1_000_000);
        Option<int> dimension = Whole("--dimension", "Dimension of the vectors.", 32, 1, 32_768);
        Option<int> batch = Whole("--batch", "Rows a call.", 10, 1, 10_000);
        Option<int> seed = Whole("--seed", "The same seed writes the same rows.", 1, 0, int.MaxValue);
        Option<int> duration = Whole("--duration", "Seconds; 0 goes on until Ctrl-C.", 0, 0, 86_400);
        Option<string> mix = new("--mix") { Description = "Shares of inserts, upserts and deletes.", HelpName = "I,U,D", DefaultValueFactory = _ => "70,20,10" };
        Option<string> collection = new("--collection") { Description = "The collection; made when it is missing.", HelpName = "NAME", DefaultValueFactory = _ => "load" };
        Command command = new("load", "Writes to the source of a running sandbox as an application does.") { file, source, rate, dimension, batch, seed, duration, mix, collection };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            Uri address = parsed.GetValue(source) is { } given ? AddressOf(given) : UpOptionsOf.Read(parsed, file).Source;
            LoadOptions options = new()
            {
                Collection = parsed.GetValue(collection)!,
                Rate = parsed.GetValue(rate),
                Dimension = parsed.GetValue(dimension),
                Batch = parsed.GetValue(batch),
                Seed = parsed.GetValue(seed),
                Mix = MixOf(parsed.GetValue(mix)!),
                Duration = parsed.GetValue(duration) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null,
            };
            using LoadRun load = new(address, options);
            try
            {
                await load.PrepareAsync(cancellation);
            }
            catch (Exception fault) when (fault is MilvusException or GrpcException)
            {
                throw new SandboxException($"The source on {address} did not take the collection '{options.Collection}': {fault.Message}", fault);
            }

            await ShowAsync(console, load, options, cancellation);
            return 0;
        }));
        return command;
    }

    private static async Task ShowAsync(IAnsiConsole console, LoadRun load, LoadOptions options, CancellationToken cancellation)
    {
        Task running = load.RunAsync(cancellation);
        long began = TimeProvider.System.GetTimestamp();
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(LineInterval, TimeProvider.System, cancellation));
            TimeSpan took = TimeProvider.System.GetElapsedTime(began);
            LoadCounts counts = load.Counts;
            string bar = options.Duration is { } duration ? Bar(took / duration) + " " : "";
            string line = $"{bar}{counts.Inserted:N0} inserted, {counts.Upserted:N0} upserted, {counts.Deleted:N0} deleted, {counts.Failed:N0} calls failed | {counts.Total / Math.Max(1, took.TotalSeconds):N0} rows/s";

            // One line that moves for a person, one line a second for a file.
            console.Write(console.Profile.Capabilities.Interactive ? $"\r{line}   " : line + "\n");
        }

        if (console.Profile.Capabilities.Interactive)
        {
            console.WriteLine();
        }

        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string Bar(double part)
    {
        const int width = 20;
        int full = (int)(Math.Clamp(part, 0, 1) * width);
        return "[" + new string('=', full) + new string(' ', width - full) + "]";
    }

    private static Option<int> Whole(string name, string what, int usual, int least, int most)
    {
        Option<int> option = new(name) { Description = what, HelpName = "N", DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            int value = result.GetValueOrDefault<int>();
            if (value < least || value > most)
            {
                result.AddError($"{name} must be {least} to {most}.");
            }
        });
        return option;
    }

    private static (int Inserts, int Upserts, int Deletes) MixOf(string text)
    {
        int[] shares = [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int share) && share <= 1000 ? share : -1)];
        return shares is [var inserts, var upserts, var deletes] && shares.All(share => share >= 0) && inserts > 0
            ? (inserts, upserts, deletes)
            : throw new SandboxException($"--mix is '{text}'; it must be three whole numbers up to 1000 such as 70,20,10, the first more than 0.");
    }

    private static Uri AddressOf(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && (address.Scheme == "http" || address.Scheme == "https")
        ? address
        : throw new SandboxException($"--source is '{text}'; it must be an address such as http://127.0.0.1:19530.");
}
