using System.Globalization;
using MilvusCdc.Core.Source.Catalog;

namespace MilvusCdc.Core.Tests.Source;

/// <summary>Changes as lines that a test can compare.</summary>
internal static class ChangeText
{
    internal static string[] Lines(this IEnumerable<CatalogChange> changes) => [.. changes.Select(Line)];

    internal static string Line(this CatalogChange change) => string.Create(CultureInfo.InvariantCulture, $"{change.Timestamp} ") + change switch
    {
        DatabaseCreated c => $"+database {c.Name} {c.DatabaseId}{Text(c.Properties)}",
        DatabaseAltered c => $"~database {c.Name} {Text(c.Old)} ->{Text(c.New)}",
        DatabaseDropped c => $"-database {c.Name} {c.DatabaseId}",
        CollectionCreated c => $"+collection {c.Database}/{c.Name} {c.CollectionId}",
        CollectionRenamed c => $"~collection {c.OldDatabase}/{c.OldName} -> {c.NewDatabase}/{c.NewName} {c.CollectionId}",
        CollectionPropertiesChanged c => $"~properties {c.CollectionId}{Text(c.Old)} ->{Text(c.New)}",
        CollectionTouched c => $"~collection {c.CollectionId}",
        CollectionDropped c => $"-collection {c.Database}/{c.Name} {c.CollectionId}",
        PartitionCreated c => $"+partition {c.CollectionId}.{c.Name} {c.PartitionId}",
        PartitionDropped c => $"-partition {c.CollectionId}.{c.Name} {c.PartitionId}",
        AliasCreated c => $"+alias {c.Database}/{c.Alias} {c.CollectionId}",
        AliasAltered c => $"~alias {c.Database}/{c.Alias} {c.OldCollectionId} -> {c.NewCollectionId}",
        AliasDropped c => $"-alias {c.Database}/{c.Alias} {c.CollectionId}",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "a kind of change that the tests do not know"),
    };

    private static string Text(IReadOnlyDictionary<string, string> properties) => string.Concat(properties.Select(pair => $" {pair.Key}={pair.Value}"));
}
