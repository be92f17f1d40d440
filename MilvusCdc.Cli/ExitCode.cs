namespace MilvusCdc.Cli;

/// <summary>What a script can go by.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The server refused the request, or a plan has errors.</summary>
    public const int Refused = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The server cannot be reached, or failed.</summary>
    public const int Unavailable = 3;

    /// <summary>What was asked for is not there.</summary>
    public const int NotFound = 4;

    /// <summary>The token is missing, wrong, or does not allow it.</summary>
    public const int Forbidden = 5;

    /// <summary>What was waited for did not come in time.</summary>
    public const int TimedOut = 6;
}
