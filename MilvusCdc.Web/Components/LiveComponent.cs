using Microsoft.AspNetCore.Components;
using MilvusCdc.Web.Feed;

namespace MilvusCdc.Web.Components;

/// <summary>A part of the page that is drawn anew each time the feed has news, once a second.</summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    [Inject]
    internal StatusFeed Feed { get; set; } = default!;

    private protected StatusSnapshot Snapshot { get; private set; } = new(null, null, null);

    private protected DateTimeOffset Now { get; private set; }

    /// <summary>How old the numbers are; null: there are none.</summary>
    private protected TimeSpan? Age => Snapshot.Age(Now);

    public void Dispose()
    {
        Feed.Changed -= OnChanged;
        GC.SuppressFinalize(this);
    }

    protected override void OnInitialized()
    {
        Take();
        Feed.Changed += OnChanged;
    }

    // A circuit that is closing has nobody to draw for: the task it returns is of no interest.
    private void OnChanged() => _ = InvokeAsync(() =>
    {
        Take();
        StateHasChanged();
    });

    private void Take()
    {
        Snapshot = Feed.Current;
        Now = Feed.Now;
    }
}
