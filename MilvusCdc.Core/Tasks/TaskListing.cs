namespace MilvusCdc.Core.Tasks;

/// <summary>All tasks at one moment.</summary>
/// <param name="Tasks">In bytewise order of their ids, tasks that are being deleted included.</param>
/// <param name="Unreadable">One sentence for each record that this version cannot read.</param>
/// <param name="Revision">The store's revision: a watch from <c>Revision + 1</c> continues the listing without a gap.</param>
/// <param name="Guard">What a creation that was decided on this listing hands back, so that no other creation came between.</param>
public sealed record TaskListing(IReadOnlyList<TaskRecord> Tasks, IReadOnlyList<string> Unreadable, long Revision, long Guard);
