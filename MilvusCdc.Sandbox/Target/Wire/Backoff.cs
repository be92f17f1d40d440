namespace MilvusCdc.Sandbox.Target.Wire;

/// <summary>Milvus's own retry rhythm: 200 ms, doubled up to 3 s. Its attempt number shows in the reasons ("attempt #4: …" after 3 s).</summary>
internal static class Backoff
{
    public static int AttemptsIn(TimeSpan patience)
    {
        double wait = 0.2, elapsed = 0;
        int attempt = 0;
        while (elapsed + wait <= patience.TotalSeconds + 0.05)
        {
            elapsed += wait;
            wait = Math.Min(wait * 2, 3);
            attempt++;
        }

        return attempt;
    }
}
