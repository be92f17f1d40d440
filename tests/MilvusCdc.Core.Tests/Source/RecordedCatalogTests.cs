using MilvusCdc.Core.Source.Catalog;

namespace MilvusCdc.Core.Tests.Source;

public sealed class RecordedCatalogTests
{
    private const long AlreadyThere = 470638326685631394;
    private const long Books = 470638326686034869;
    private const long Types = 470638326686035112;
    private const long Tenants = 470638326686035164;
    private const long ShopBooks = 470638326686035200;
    private const long Shop = 470638326686035192;
    private const ulong End = ulong.MaxValue;

    // At ...9630196739 the session altered books' ttl: Milvus 2.3.5 wrote the record again, dated, without the property.
    private static readonly string[] SessionChanges =
    [
        "470638375080820744 +collection default/already_there 470638326685631394",
        "470638552119771143 +collection default/books 470638326686034869",
        "470638556012609543 +partition 470638326686034869.p1 470638326686034978",
        "470638556943482886 +partition 470638326686034869.p2 470638326686035016",
        "470638559499124744 -partition 470638326686034869.p2 470638326686035016",
        "470638559630196739 ~collection 470638326686034869",
        "470638559761530883 +alias default/books_live 470638326686034869",
        "470638560206913542 +collection default/types 470638326686035112",
        "470638561924218885 +collection default/tenants 470638326686035164",
        "470638562356494339 +database shop 470638326686035192",
        "470638562487828488 +collection shop/books 470638326686035200",
        "470638564361895943 +collection default/ephemeral 470638326686035262",
        "470638564506075139 -collection default/ephemeral 470638326686035262",
        "470638564650254341 +collection default/ephemeral 470638326686035281",
        "470638564794433540 ~alias default/books_live 470638326686034869 -> 470638326686035112",
        "470638564925505539 -alias default/books_live 470638326686035112",
        "470638565056577538 ~collection default/tenants -> default/renters 470638326686035164",
        "470638565593972738 +database empty 470638326686035322",
        "470638565725306882 -database empty 470638326686035322",
    ];

    private static readonly string[] RestartChanges =
    [
        "470639489203830787 +collection default/a 470639483355922547",
        "470639489492189189 +collection default/b 470639483355922558",
        "470639489583939591 +collection default/c 470639483355922565",
        "470639489977942018 +partition 470639483355922547.p 470639483356122599",
        "470639490147811331 -collection default/c 470639483355922565",
        "470639490226192390 +collection default/c 470639483356122616",
        "470639494388252676 -collection default/b 470639483355922558",
        "470639501489471493 +collection default/b 470639498728570936",
        "470639505093951497 -partition 470639483355922547.p 470639483356122599",
        "470639505264345093 +collection default/d 470639498728771043",
        "470639505342988292 -collection default/d 470639498728771043",
    ];

    [Fact]
    public void A_session_that_was_watched_then_every_change_is_known_once() =>
        Assert.Equal(SessionChanges, EtcdRecording.Session.Watched().Changes(0, End).Lines());

    // Nothing had been garbage-collected at the end of either session, so the listing afterwards knows as much as the watch did.
    [Fact]
    public void A_session_that_was_listed_afterwards_then_the_same_changes_are_known() =>
        Assert.Equal(SessionChanges, EtcdRecording.Session.Listed().Changes(0, End).Lines());

    [Fact]
    public void A_source_killed_twice_and_watched_then_every_change_is_known_once() =>
        Assert.Equal(RestartChanges, EtcdRecording.Restart.Watched().Changes(0, End).Lines());

    // The first c's tombstone has its own timestamp, d's overwrote the Dropping record: both were dropped when they were asked to go.
    [Fact]
    public void A_source_killed_twice_and_listed_afterwards_then_the_same_changes_are_known() =>
        Assert.Equal(RestartChanges, EtcdRecording.Restart.Listed().Changes(0, End).Lines());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Order_of_keys_inside_a_revision_does_not_matter(bool restart)
    {
        EtcdRecording recording = restart ? EtcdRecording.Restart : EtcdRecording.Session;
        string[] expected = restart ? RestartChanges : SessionChanges;
        List<CatalogKeyChange> before = [.. recording.Before.Select(one => one.Change)];
        List<(long Revision, List<CatalogKeyChange> Changes)> revisions = [.. recording.WatchedRevisions];
        for (int seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            CatalogHistory history = CatalogHistory.Empty(recording.Options).Merge(Shuffled(before, random), 1);
            foreach ((long revision, List<CatalogKeyChange> changes) in revisions)
            {
                history = history.Apply(Shuffled(changes, random), revision);
            }

            Assert.Equal(expected, history.Changes(0, End).Lines());
            Assert.Equal(expected, CatalogHistory.Empty(recording.Options).Merge(Shuffled([.. recording.After.Select(one => one.Change)], random), 9).Changes(0, End).Lines());
        }
    }

    [Fact]
    public void Batches_of_several_revisions_then_the_same_history_as_one_by_one()
    {
        List<(long Revision, List<CatalogKeyChange> Changes)> revisions = [.. EtcdRecording.Session.WatchedRevisions];
        foreach (int size in new[] { 2, 7, 50, revisions.Count })
        {
            CatalogHistory history = CatalogHistory.Empty(EtcdRecording.Session.Options);
            foreach ((long Revision, List<CatalogKeyChange> Changes)[] chunk in revisions.Chunk(size))
            {
                history = history.Apply([.. chunk.SelectMany(one => one.Changes)], chunk[^1].Revision);
            }

            Assert.Equal(SessionChanges, history.Changes(0, End).Lines());
        }
    }

    [Fact]
    public void A_listing_on_top_of_a_watch_that_stopped_anywhere_then_nothing_is_lost_or_doubled()
    {
        List<(long Revision, List<CatalogKeyChange> Changes)> revisions = [.. EtcdRecording.Restart.WatchedRevisions];
        List<CatalogKeyChange> after = [.. EtcdRecording.Restart.After.Select(one => one.Change)];
        for (int stop = 0; stop < revisions.Count; stop += 25)
        {
            CatalogHistory history = CatalogHistory.Empty(EtcdRecording.Restart.Options);
            foreach ((long revision, List<CatalogKeyChange> changes) in revisions.Take(stop))
            {
                history = history.Apply(changes, revision);
            }

            string[] told = history.Changes(0, End).Lines();
            history = history.Merge(after, 20_000);
            Assert.Equal(RestartChanges, history.Changes(0, End).Lines());
            Assert.Equal(RestartChanges.Except(told), history.ArrivedSince(revisions[Math.Max(stop - 1, 0)].Revision).Lines().Except(told));
        }
    }

    [Fact]
    public void Changes_of_an_interval_then_its_start_is_left_out_and_its_end_is_in()
    {
        CatalogHistory history = EtcdRecording.Session.Listed();
        Assert.Equal(SessionChanges[2..4], history.Changes(470638552119771143, 470638556943482886).Lines());
        Assert.Empty(history.Changes(470638565725306882, End));
        Assert.Empty(history.Changes(470638552119771143, 470638552119771143));
    }

    [Fact]
    public void Changes_arrive_with_the_revision_that_completes_them()
    {
        CatalogHistory history = EtcdRecording.Session.Watched();
        Assert.Equal(SessionChanges[^2..], history.ArrivedSince(2185).Lines());
        Assert.Equal(SessionChanges[^1..], history.ArrivedSince(2186).Lines());

        // books: Creating at 1779, usable at 1785.
        Assert.Contains(SessionChanges[1], history.ArrivedSince(1784).Lines());
        Assert.DoesNotContain(SessionChanges[1], history.ArrivedSince(1785).Lines());
        Assert.Empty(history.ArrivedSince(history.Revision));
    }

    [Fact]
    public void Late_tombstones_then_nothing_new_is_told()
    {
        CatalogHistory history = EtcdRecording.Restart.Watched();
        Assert.Empty(history.ArrivedSince(12227));
        Assert.Equal(470639490147811331UL, history.Collection(470639483355922565)!.DroppedAt);
    }

    [Theory]
    [InlineData("", "books", 470638552119771142, null)]
    [InlineData("", "books", 470638552119771143, Books)]
    [InlineData("default", "books", End, Books)]
    [InlineData("shop", "books", 470638562487828487, null)]
    [InlineData("shop", "books", 470638562487828488, ShopBooks)]
    [InlineData("nowhere", "books", End, null)]
    [InlineData("empty", "books", 470638565593972738, null)]
    [InlineData("", "tenants", 470638565056577537, Tenants)]
    [InlineData("", "tenants", 470638565056577538, null)]
    [InlineData("", "renters", 470638565056577537, null)]
    [InlineData("", "renters", 470638565056577538, Tenants)]
    [InlineData("", "books_live", 470638559761530882, null)]
    [InlineData("", "books_live", 470638559761530883, Books)]
    [InlineData("shop", "books_live", 470638559761530883, null)]
    [InlineData("", "books_live", 470638564794433540, Types)]
    [InlineData("", "books_live", 470638564925505539, null)]
    [InlineData("", "ephemeral", 470638564506075138, 470638326686035262)]
    [InlineData("", "ephemeral", 470638564506075139, null)]
    [InlineData("", "ephemeral", 470638564650254341, 470638326686035281)]
    public void ResolveCollection_gives_who_had_the_name_then(string database, string name, ulong at, long? expected) =>
        Assert.Equal(expected, EtcdRecording.Session.Listed().ResolveCollection(database, name, at));

    [Fact]
    public void Databases_exist_from_their_creation_to_their_drop()
    {
        CatalogHistory history = EtcdRecording.Session.Watched();
        Assert.Equal(["default"], history.DatabasesAt(0).Select(database => database.Name));
        Assert.Equal(["default", "shop", "empty"], history.DatabasesAt(470638565593972738).Select(database => database.Name));
        Assert.Equal(["default", "shop"], history.DatabasesAt(End).Select(database => database.Name));
        Assert.Null(history.Database(Shop, 470638562356494338));
        Assert.Equal("shop", history.Database(Shop, 470638562356494339)!.Name);
        Assert.Equal("empty", history.DatabaseName(470638326686035322));
        Assert.Equal("#7", history.DatabaseName(7));
    }

    [Fact]
    public void A_collection_is_complete_with_schema_channels_and_positions()
    {
        CatalogHistory history = EtcdRecording.Session.Listed();
        SourceCollection books = history.Collection(Books)!;
        Assert.Equal(["id", "title", "price", "meta", "v"], books.Fields.Select(field => field.Name));
        Assert.Equal(books.Fields.Select(field => field.FieldID).Order(), books.Fields.Select(field => field.FieldID));
        Assert.All(books.Fields, field => Assert.InRange(field.FieldID, 100, 199));
        Assert.True(books is { HasDynamicField: true, AutoId: false, HasPartitionKey: false, PartitionKeyPartitions: 0, IsComplete: true, Shards: 2, DroppedAt: null });
        Assert.Equal("$meta", books.DynamicField!.Name);
        Assert.Equal(["s1-rootcoord-dml_1_470638326686034869v0", "s1-rootcoord-dml_2_470638326686034869v1"], books.VirtualChannels);
        Assert.Equal(["s1-rootcoord-dml_1", "s1-rootcoord-dml_2"], books.PhysicalChannels);
        Assert.Equal(["s1-rootcoord-dml_1", "s1-rootcoord-dml_2"], books.StartPositions.Keys.Order(StringComparer.Ordinal));
        Assert.All(books.StartPositions.Values, position => Assert.Equal(8, position.Length));
        Assert.Empty(books.PropertiesAt(End));
        Assert.Equal("books of the shop", books.SchemaAt(0).Description);
        Assert.Equal(Shop, history.Collection(ShopBooks)!.DatabaseIdAt(End));
        Assert.Equal(["s1-rootcoord-dml_0", "s1-rootcoord-dml_1", "s1-rootcoord-dml_2", "s1-rootcoord-dml_3"], history.Channels);
    }

    [Fact]
    public void A_partition_key_collection_then_it_knows_how_many_partitions_it_was_made_with()
    {
        SourceCollection tenants = EtcdRecording.Session.Listed().Collection(Tenants)!;
        Assert.True(tenants is { HasPartitionKey: true, PartitionKeyPartitions: 4, AutoId: true, Shards: 2 });
        Assert.Equal(["_default_0", "_default_1", "_default_2", "_default_3"], tenants.Partitions.Select(partition => partition.Name));
        Assert.Equal("tenants", tenants.NameAt(470638565056577537));
        Assert.Equal("renters", tenants.NameAt(End));
        Assert.Equal("tenants", tenants.SchemaAt(tenants.CreatedAt).Name);
    }

    [Fact]
    public void Partitions_know_when_they_were_there()
    {
        CatalogHistory history = EtcdRecording.Session.Listed();
        Assert.Equal(
            [
                new SourcePartition(470638326686034870, "_default", 470638552119771143, null, CameWithCollection: true),
                new SourcePartition(470638326686034978, "p1", 470638556012609543, null, CameWithCollection: false),
                new SourcePartition(470638326686035016, "p2", 470638556943482886, 470638559499124744, CameWithCollection: false),
            ],
            history.Partitions(Books));
        Assert.Empty(history.Partitions(12345));
        SourcePartition ofDropped = Assert.Single(EtcdRecording.Restart.Watched().Partitions(470639483355922565));
        Assert.Equal(470639490147811331UL, ofDropped.DroppedAt);
    }

    [Fact]
    public void CollectionsAt_a_timestamp_then_those_that_existed()
    {
        CatalogHistory history = EtcdRecording.Session.Watched();
        Assert.Equal([AlreadyThere, Books], history.CollectionsAt(470638552119771143).Select(collection => collection.Id));
        Assert.Equal(["already_there", "books", "types", "renters", "books", "ephemeral"], history.CollectionsAt(End).Select(collection => collection.NameAt(End)));
        Assert.True(history.Knows(470638326686035262));
        Assert.False(history.Knows(1));
        Assert.Equal([new SourceAlias(1, "books_live", Types)], history.AliasesAt(470638564794433540));
        Assert.Empty(history.AliasesAt(End));
    }

    private static List<CatalogKeyChange> Shuffled(List<CatalogKeyChange> changes, Random random)
    {
        CatalogKeyChange[] shuffled = [.. changes];
        random.Shuffle(shuffled);
        return [.. shuffled];
    }
}
