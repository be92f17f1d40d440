using MilvusCdc.Benchmarks;

if (args is not ["read", ..])
{
    Console.Error.WriteLine("Usage: benchmarks read [MESSAGE-BYTES [MEGABYTES [ROUNDS]]]   (how fast the readers take a log in, from the sandbox's brokers on loopback)");
    return 2;
}

int size = args.Length > 1 ? int.Parse(args[1], null) : 64 << 10;
int megabytes = args.Length > 2 ? int.Parse(args[2], null) : 1024;
int rounds = args.Length > 3 ? int.Parse(args[3], null) : 3;
await ReadingSpeed.RunAsync(size, megabytes, rounds);
return 0;
