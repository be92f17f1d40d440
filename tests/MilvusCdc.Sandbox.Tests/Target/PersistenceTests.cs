using System.Text.Json;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Target.Persistence;

namespace MilvusCdc.Sandbox.Tests.Target;

public sealed class PersistenceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("target-journal-").FullName;

    private string DataFile => Path.Combine(_folder, "target.journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task After_a_restart_it_holds_what_it_held_and_goes_on()
    {
        string before;
        DescribeCollectionResponse collection;
        using (PersistentMilvus first = await OpenAsync())
        {
            TargetDriver driver = new(first.HandleAsync);
            collection = await driver.ReadyAsync();
            await driver.DoAsync("CreatePartition", new CreatePartitionRequest { CollectionName = "c", PartitionName = "p" });
            await driver.ReplicateAsync(collection.PhysicalChannelNames[0], driver.Insert(collection, 10, 1, [1, 2, 3]), TargetDriver.Tick(11));
            await driver.ReplicateAsync(collection.PhysicalChannelNames[0], driver.Delete(collection, 12, [2]), TargetDriver.Tick(13));

            // Acknowledged, but no tick has come.
            await driver.ReplicateAsync(collection.PhysicalChannelNames[0], driver.Insert(collection, 20, 2, [4], messageId: 77));
            before = Text(first.Milvus);
        }

        using PersistentMilvus second = await OpenAsync();
        TargetDriver again = new(second.HandleAsync);
        Assert.Equal(before, Text(second.Milvus));
        Assert.Equal("1=1 3=1", await again.RowsAsync("c"));

        // The repeat of what was acknowledged is dropped, as before.
        await again.ReplicateAsync(collection.PhysicalChannelNames[0], again.Insert(collection, 20, 2, [4], messageId: 77), TargetDriver.Tick(21));
        Assert.Equal("1=1 3=1 4=2", await again.RowsAsync("c"));
        Assert.Empty(second.Milvus.Poisons);
    }

    [Fact]
    public async Task An_entry_that_a_kill_cut_off_is_left_out()
    {
        using (PersistentMilvus first = await OpenAsync())
        {
            TargetDriver driver = new(first.HandleAsync);
            await driver.DoAsync("CreateDatabase", new CreateDatabaseRequest { DbName = "one" });
            await driver.DoAsync("CreateDatabase", new CreateDatabaseRequest { DbName = "two" });
        }

        await using (FileStream file = new(DataFile, FileMode.Open))
        {
            file.SetLength(file.Length - 3);
        }

        using PersistentMilvus second = await OpenAsync();
        Assert.Equal(["default", "one"], second.Milvus.Snapshot().Databases.Keys.Order(StringComparer.Ordinal));
    }

    private static string Text(StandInMilvus milvus) => JsonSerializer.Serialize(milvus.Snapshot()) + JsonSerializer.Serialize(milvus.Rows(ulong.MaxValue - 1));

    private Task<PersistentMilvus> OpenAsync() => PersistentMilvus.OpenAsync(DataFile, new StandInOptions(), TimeProvider.System, default);
}
