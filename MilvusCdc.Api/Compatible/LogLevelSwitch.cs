using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace MilvusCdc.Api.Compatible;

/// <summary>Changes this process's log level while it runs. Not kept: the next start takes the configured one. Levels that are configured for single categories stay.</summary>
internal sealed class LogLevelSwitch : IPostConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    private CancellationTokenSource _changed = new();
    private LogLevel? _level;

    /// <inheritdoc/>
    public string Name => Options.DefaultName;

    /// <summary>Everything of at least this level is logged from now on.</summary>
    public void Set(LogLevel level)
    {
        _level = level;
        using CancellationTokenSource before = Interlocked.Exchange(ref _changed, new CancellationTokenSource());
        before.Cancel();
    }

    /// <inheritdoc/>
    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        if (_level is not { } level)
        {
            return;
        }

        options.MinLevel = level;
        for (int rule = options.Rules.Count - 1; rule >= 0; rule--)
        {
            if (options.Rules[rule] is { CategoryName: null, ProviderName: null })
            {
                options.Rules.RemoveAt(rule);
            }
        }

        options.Rules.Add(new LoggerFilterRule(null, null, level, null));
    }

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();
}
