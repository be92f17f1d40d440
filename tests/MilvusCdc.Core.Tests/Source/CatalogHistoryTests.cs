using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;
using static MilvusCdc.Core.Tests.Source.SourceEtcd;

namespace MilvusCdc.Core.Tests.Source;

public sealed class CatalogHistoryTests
{
    private const ulong End = ulong.MaxValue;

    private static CatalogHistory Empty => CatalogHistory.Empty(new CatalogOptions());

    [Theory]
    [InlineData(100)] // rolled back with the timestamp of the request
    [InlineData(150)] // cleaned up after a restart
    public void A_creation_that_failed_then_the_collection_never_existed(ulong removedAt)
    {
        CatalogHistory history = Empty
            .Apply(Save("database/collection-info/1/5", 100, Collection(5, 100, state: CollectionState.CollectionCreating)), 1)
            .Apply(Parts(5, 100), 2);
        Assert.False(history.Knows(5));
        history = history.Apply([.. Save("partitions/5/6", removedAt, null), .. Save("database/collection-info/1/5", removedAt, null)], 3);
        Assert.False(history.Knows(5));
        Assert.Empty(history.Changes(0, End));
        Assert.Empty(history.CollectionsAt(100));
    }

    [Fact]
    public void A_creation_that_is_not_finished_then_the_collection_is_told_of_when_it_is()
    {
        CatalogHistory history = Empty
            .Apply(Save("database/collection-info/1/5", 100, Collection(5, 100, state: CollectionState.CollectionCreating)), 1)
            .Apply(Parts(5, 100), 2);
        Assert.Empty(history.Changes(0, End));
        history = history.Apply(Save("database/collection-info/1/5", 100, Collection(5, 100)), 3);
        Assert.Equal(["100 +collection default/books 5"], history.ArrivedSince(2).Lines());
        Assert.True(history.Collection(5)!.IsComplete);
    }

    [Fact]
    public void A_partition_whose_creation_failed_then_it_never_existed()
    {
        CatalogHistory history = Empty.Apply(Created(5, 100), 1)
            .Apply(Save("partitions/5/9", 120, Partition(5, 9, 120, "p", PartitionState.PartitionCreating)), 2)
            .Apply(Save("partitions/5/9", 120, null), 3);
        Assert.Equal(["100 +collection default/books 5"], history.Changes(0, End).Lines());
        Assert.Equal(["_default"], history.Partitions(5).Select(partition => partition.Name));
    }

    [Fact]
    public void A_tombstone_over_the_dropping_record_then_the_drop_keeps_its_time_and_the_schema_stays()
    {
        CatalogHistory dropping = Empty.Apply(Created(5, 100), 1)
            .Apply(Save("database/collection-info/1/5", 200, Collection(5, 100, state: CollectionState.CollectionDropping)), 2);
        CatalogHistory gone = dropping
            .Apply([.. Save("partitions/5/6", 200, null), .. Save("fields/5/100", 200, null), .. Save("fields/5/101", 200, null)], 3)
            .Apply(Save("database/collection-info/1/5", 200, null), 4);
        string[] expected = ["100 +collection default/books 5", "200 -collection default/books 5"];
        Assert.Equal(expected, dropping.Changes(0, End).Lines());
        Assert.Equal(expected, gone.Changes(0, End).Lines());
        Assert.Empty(gone.ArrivedSince(2));
        Assert.Equal(["id", "v"], gone.Collection(5)!.Fields.Select(field => field.Name));
        Assert.True(gone.Collection(5)!.ExistsAt(199));
        Assert.False(gone.Collection(5)!.ExistsAt(200));
    }

    [Fact]
    public void What_etcd_garbage_collects_then_stays_known()
    {
        CatalogKeyChange[] created = Created(5, 100);
        CatalogHistory history = Empty.Apply(created, 1).Apply([.. Save("partitions/5/6", 200, null), .. Save("database/collection-info/1/5", 200, null)], 2);
        string[] expected = ["100 +collection default/books 5", "200 -collection default/books 5"];
        CatalogHistory collected = history.Apply([.. created.Select(change => change with { Value = null })], 3);
        Assert.Equal(expected, collected.Changes(0, End).Lines());
        Assert.Equal(expected, history.Merge(Save("database/db-info/1", 50, Database(1, "default")), 3).Changes(0, End).Lines());
        Assert.Empty(collected.ArrivedSince(2));
    }

    [Fact]
    public void Only_tombstones_are_left_then_the_collection_is_unknown()
    {
        CatalogHistory history = Empty.Merge([.. Save("database/collection-info/1/5", 200, null), .. Save("partitions/5/6", 200, null), .. Copy("fields/5/100", 200, null)], 1);
        Assert.False(history.Knows(5));
        Assert.Empty(history.Changes(0, End));
    }

    [Fact]
    public void Fields_are_collected_before_the_collection_then_it_says_that_it_is_incomplete()
    {
        CatalogHistory history = Empty.Merge(
            [.. Copy("database/collection-info/1/5", 100, Collection(5, 100)), .. Save("database/collection-info/1/5", 200, null)], 1);
        Assert.False(history.Collection(5)!.IsComplete);
        Assert.Equal(200UL, history.Collection(5)!.DroppedAt);
    }

    [Fact]
    public void A_collection_that_vanished_between_two_listings_then_it_was_dropped_after_the_last_that_is_known_of_it()
    {
        CatalogKeyChange[] world = Save("database/db-info/1", 50, Database(1, "default"));
        CatalogHistory history = Empty.Merge([.. world, .. Created(5, 100), .. Save("partitions/5/9", 150, Partition(5, 9, 150, "p"))], 1).Merge(world, 2);
        Assert.Equal(["101 -collection default/books 5"], history.ArrivedSince(1).Lines());
        Assert.Equal(2, history.Merge(world, 3).Changes(0, End).Count);
        Assert.Empty(history.Merge(world, 3).ArrivedSince(2));
    }

    [Fact]
    public void The_whole_metadata_is_deleted_then_it_is_no_drop_but_an_error()
    {
        CatalogKeyChange[] world = [.. Save("database/db-info/1", 50, Database(1, "default")), .. Created(5, 100)];
        CatalogHistory history = Empty.Merge(world, 1);
        var wiped = Assert.Throws<CatalogException>(() => history.Apply([.. world.Select(change => change with { Value = null })], 2));
        Assert.Equal("etcd key 'by-dev/meta/root-coord/database/db-info/1': the default database was removed: the source's metadata was wiped, not dropped", wiped.Message);
        Assert.Throws<CatalogException>(() => history.Merge(Created(5, 100), 2));
        Assert.Equal(["100 +collection default/books 5"], history.Changes(0, End).Lines());
    }

    [Fact]
    public void No_dated_copies_then_things_count_from_their_own_creation()
    {
        CatalogHistory history = Empty.Merge(
            [
                .. Put("database/db-info/1", Database(1, "default", 1_700_000_000_000_000_000)),
                .. Put("database/db-info/7", Database(7, "shop", 1_700_000_000_000_000_000)),
                .. Put("database/collection-info/7/5", Collection(5, 100, database: 7)),
                .. Put("fields/5/100", new FieldSchema { FieldID = 100, Name = "id", IsPrimaryKey = true }),
                .. Put("partitions/5/6", Partition(5, 6, 100, "_default")),
                .. Put("partitions/5/8", Partition(5, 8, 130, "p")),
                .. Put("database/aliases/7/live", Alias("live", 5, 120)),
                .. Put("database/collection-info/1/15", Collection(15, 90, "leaving", CollectionState.CollectionDropping)),
            ],
            1);
        Assert.Equal(
            [
                "90 +collection default/leaving 15", "91 -collection default/leaving 15",
                "100 +collection shop/books 5", "120 +alias shop/live 5", "130 +partition 5.p 8",
            ],
            history.Changes(0, End).Lines());
        Assert.Equal("shop", history.Database(7, 0)!.Name);
        Assert.True(history.Collection(5)!.IsComplete);
    }

    [Fact]
    public void Older_copies_were_trimmed_then_things_still_count_from_their_own_creation()
    {
        const ulong Day = 86_400_000UL << 18;
        const ulong Start = 1_700_000_000_000UL << 18;
        CatalogHistory history = Empty.Merge(
            [
                .. Save("database/db-info/7", Start + Day, Database(7, "shop", 1_700_000_000_000_000_000, ("database.replica.number", "2"))),
                .. Parts(5, Start + 5),
                .. Save("database/collection-info/7/5", Start + Day, Collection(5, Start + 5, database: 7, properties: ("collection.ttl.seconds", "60"))),
                .. Save("partitions/5/9", Start + Day, Partition(5, 9, Start + 20, "p", PartitionState.PartitionDropping)),
                .. Save("database/collection-info/7/25", Start + Day + 1, Collection(25, Start + 6, "gone", CollectionState.CollectionDropping, 7)),
            ],
            1);
        Assert.Equal(
            [
                $"{Start} +database shop 7 database.replica.number=2", $"{Start + 5} +collection shop/books 5", $"{Start + 6} +collection shop/gone 25",
                $"{Start + 20} +partition 5.p 9", $"{Start + Day} -partition 5.p 9", $"{Start + Day + 1} -collection shop/gone 25",
            ],
            history.Changes(0, End).Lines());
        Assert.Equal(5, history.ResolveCollection("shop", "books", Start + 5));
    }

    [Fact]
    public void Layouts_of_before_databases_then_all_is_in_the_default_database()
    {
        CollectionInfo old = Collection(5, 100, database: 0);
        old.Schema.Fields.Add([new FieldSchema { FieldID = 101, Name = "v" }, new FieldSchema { FieldID = 100, Name = "id", IsPrimaryKey = true }, new FieldSchema { FieldID = 1, Name = "Timestamp" }]);
        old.PartitionIDs.Add([6, 7]);
        old.PartitionNames.Add(["_default", "p"]);
        old.PartitionCreatedTimestamps.Add([100, 130]);
        CatalogHistory history = Empty.Merge(
            [
                .. Save("collection/5", 100, old),
                .. Save("aliases/live", 140, Alias("live", 5, 140)),
                .. Save("collection-alias/older", 150, Collection(5, 150, "older")),
                .. Save("database/aliases/0/zero", 160, Alias("zero", 5, 160)),
            ],
            1);
        Assert.Equal(
            ["100 +collection default/books 5", "130 +partition 5.p 7", "140 +alias default/live 5", "150 +alias default/older 5", "160 +alias default/zero 5"],
            history.Changes(0, End).Lines());
        Assert.Equal(["id", "v"], history.Collection(5)!.Fields.Select(field => field.Name));
        Assert.Equal(5, history.ResolveCollection("", "live", 140));
    }

    [Theory]
    [InlineData(ulong.MaxValue)] // root coord migrates when it loads, "at the end of time"
    [InlineData(300)]
    public void An_old_collection_is_moved_to_the_new_layout_then_it_is_the_same_collection(ulong movedAt)
    {
        CatalogHistory history = Empty.Apply([.. Parts(5, 100), .. Save("collection/5", 100, Collection(5, 100, database: 0))], 1);
        CatalogHistory moved = history.Apply([.. Save("database/collection-info/1/5", movedAt, Collection(5, 100)), .. Save("collection/5", movedAt, null)], 2);
        Assert.DoesNotContain(moved.Changes(0, End), change => change is CollectionDropped or CollectionRenamed);
        Assert.Equal(5, moved.ResolveCollection("default", "books", End));
        moved = moved.Apply(Save("database/collection-info/1/5", 400, Collection(5, 100, "renamed")), 3);
        Assert.Equal(["400 ~collection default/books -> default/renamed 5"], moved.ArrivedSince(2).Lines());
    }

    [Fact]
    public void A_collection_moves_to_another_database_then_it_is_renamed_and_not_dropped()
    {
        CatalogKeyChange[] move = [.. Save("database/collection-info/7/5", 200, Collection(5, 100, "moved", database: 7)), .. Save("database/collection-info/1/5", 200, null)];
        foreach (CatalogKeyChange[] order in new[] { move, [.. move.Reverse()] })
        {
            CatalogHistory history = Empty.Apply(Save("database/db-info/7", 50, Database(7, "shop")), 1).Apply(Created(5, 100), 2).Apply(order, 3);
            Assert.Equal(["200 ~collection default/books -> shop/moved 5"], history.ArrivedSince(2).Lines());
            Assert.Equal(5, history.ResolveCollection("default", "books", 199));
            Assert.Null(history.ResolveCollection("default", "books", 200));
            Assert.Equal(5, history.ResolveCollection("shop", "moved", 200));
            history = history.Apply(Save("database/collection-info/7/5", 300, Collection(5, 100, "moved", CollectionState.CollectionDropping, 7)), 4);
            Assert.Equal(["300 -collection shop/moved 5"], history.ArrivedSince(3).Lines());
        }
    }

    [Fact]
    public void An_alias_ends_with_its_collection_and_its_late_tombstone_tells_nothing_new()
    {
        CatalogHistory history = Empty.Apply(Created(5, 100), 1)
            .Apply(Save("database/aliases/1/live", 110, Alias("live", 5, 110)), 2)
            .Apply(Save("database/collection-info/1/5", 200, Collection(5, 100, state: CollectionState.CollectionDropping)), 3);
        Assert.Equal(["200 -alias default/live 5", "200 -collection default/books 5"], history.ArrivedSince(2).Lines());
        Assert.Null(history.ResolveCollection("", "live", 200));
        Assert.Empty(history.Apply(Save("database/aliases/1/live", 900, null), 4).ArrivedSince(3));

        history = history.Apply(Created(15, 300, "new"), 5).Apply(Save("database/aliases/1/live", 310, Alias("live", 15, 310)), 6);
        Assert.Equal(["310 +alias default/live 15"], history.ArrivedSince(5).Lines());
    }

    [Fact]
    public void An_alias_of_a_forgotten_collection_then_there_is_no_such_alias()
    {
        CatalogHistory history = Empty.Merge([.. Save("database/aliases/1/live", 110, Alias("live", 99, 110)), .. Created(5, 100)], 1);
        Assert.Empty(history.AliasesAt(End));
        Assert.Single(history.Changes(0, End));
    }

    [Fact]
    public void Properties_are_altered_then_both_sides_are_told()
    {
        CatalogHistory history = Empty
            .Apply([.. Save("database/db-info/1", 10, Database(1, "default")), .. Save("database/db-info/7", 50, Database(7, "shop"))], 1)
            .Apply(Save("database/db-info/7", 60, Database(7, "shop", 0, ("database.max.collections", "3"))), 2)
            .Apply(Created(5, 100, database: 7), 3)
            .Apply(Save("database/collection-info/7/5", 200, Collection(5, 100, database: 7, properties: ("collection.ttl.seconds", "60"))), 4)
            .Apply(Save("database/collection-info/7/5", 210, Collection(5, 100, "tomes", database: 7, properties: ("collection.ttl.seconds", "90"))), 5)
            .Apply(Save("database/collection-info/7/5", 220, Collection(5, 100, "tomes", database: 7, properties: ("collection.ttl.seconds", "90"))), 6)
            .Apply(Save("database/db-info/1", 230, Database(1, "default", 0, ("a", "b"))), 7);
        Assert.Equal(
            [
                "50 +database shop 7", "60 ~database shop  -> database.max.collections=3", "100 +collection shop/books 5", "200 ~properties 5 -> collection.ttl.seconds=60",
                "210 ~collection shop/books -> shop/tomes 5", "210 ~properties 5 collection.ttl.seconds=60 -> collection.ttl.seconds=90", "220 ~collection 5",
                "230 ~database default  -> a=b",
            ],
            history.Changes(0, End).Lines());
        Assert.Equal("60", history.Collection(5)!.PropertiesAt(209)["collection.ttl.seconds"]);
        Assert.Empty(history.Database(7, 59)!.PropertiesAt(59));
        Assert.Equal("3", history.Database(7, 60)!.PropertiesAt(60)["database.max.collections"]);
    }

    [Fact]
    public void A_change_with_a_timestamp_already_passed_then_it_is_found_as_late()
    {
        CatalogHistory history = Empty.Apply(Created(5, 100), 1).Apply(Created(15, 300, "later"), 2);
        long seen = history.Revision;
        Assert.Equal(2, history.Changes(0, 400).Count);
        history = history.Apply(Save("partitions/5/9", 200, Partition(5, 9, 200, "p")), 3);
        Assert.Equal(["200 +partition 5.p 9"], history.ArrivedSince(seen).Lines());
        Assert.Empty(history.Changes(400, End));
        Assert.Equal(3, history.CompleteTo(2).Revision);
        Assert.Equal(8, history.CompleteTo(8).Revision);
    }

    [Fact]
    public void A_history_once_taken_then_later_changes_do_not_reach_it()
    {
        CatalogHistory before = Empty.Apply(Created(5, 100), 1);
        CatalogHistory after = before.Apply(Created(15, 200, "other"), 2);
        Assert.False(before.Knows(15));
        Assert.Single(before.Changes(0, End));
        Assert.Equal(2, after.Changes(0, End).Count);
    }

    [Fact]
    public void The_same_is_told_again_by_a_watch_that_was_opened_anew_then_nothing_changes()
    {
        CatalogKeyChange[][] told =
        [
            [.. Parts(5, 100), .. Save("database/collection-info/1/5", 100, Collection(5, 100, state: CollectionState.CollectionCreating))],
            Save("database/collection-info/1/5", 100, Collection(5, 100)),
            Save("database/collection-info/1/5", 200, Collection(5, 100, "renamed")),
            Save("database/collection-info/1/5", 300, null),
        ];
        CatalogHistory history = Empty;
        for (int i = 0; i < told.Length; i++)
        {
            history = history.Apply(told[i], i + 1);
        }

        string[] expected = history.Changes(0, End).Lines();
        for (int i = 0; i < told.Length; i++)
        {
            history = history.Learn(told[i], i + 1);
            Assert.Equal(expected, history.Changes(0, End).Lines());
        }
    }

    [Fact]
    public void An_undated_key_without_its_dated_copy_then_it_replaces_the_newest_version()
    {
        CatalogHistory history = Empty.Apply(Created(5, 100), 1).Apply(Put("database/collection-info/1/5", Collection(5, 100, "patched")), 2);
        Assert.Equal("patched", history.Collection(5)!.NameAt(100));
        history = history.Apply(Put("database/collection-info/1/5", null), 3);
        Assert.Equal(["100 +collection default/patched 5", "101 -collection default/patched 5"], history.Changes(0, End).Lines());
    }

    [Fact]
    public void Thousands_of_collections_then_a_listing_and_the_watch_after_it_know_them_all()
    {
        CatalogKeyChange[] listing = [.. Enumerable.Range(0, 2_000).SelectMany(i => Created(1_000 + (i * 10), (ulong)(1_000 + i), $"c{i}"))];
        CatalogHistory history = Empty.Merge(listing, 1);
        for (int i = 0; i < 2_000; i++)
        {
            history = history.Apply(Save($"partitions/{1_000 + (i * 10)}/9", (ulong)(10_000 + i), Partition(1_000 + (i * 10), 9, (ulong)(10_000 + i), "p")), 2 + i);
            Assert.Single(history.ArrivedSince(history.Revision - 1));
        }

        Assert.Equal(4_000, history.Changes(0, End).Count);
    }

    [Fact]
    public void A_database_whose_record_is_forgotten_then_it_is_called_by_its_id()
    {
        CatalogHistory history = Empty.Apply(Created(5, 100, database: 7), 1).Apply(Save("database/collection-info/7/5", 200, null), 2);
        Assert.Equal(["100 +collection #7/books 5", "200 -collection #7/books 5"], history.Changes(0, End).Lines());
    }
}
