using System.Text;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Milvus.Meta;
using static MilvusCdc.Core.Tests.Source.SourceEtcd;

namespace MilvusCdc.Core.Tests.Source;

public sealed class CatalogKeyTests
{
    private static CatalogHistory Empty => CatalogHistory.Empty(new CatalogOptions());

    [Theory]
    [InlineData("by-dev/meta/root-coord/credential/users/root")]
    [InlineData("by-dev/meta/root-coord/credential/roles/admin")]
    [InlineData("by-dev/meta/root-coord/credential/user-role-mapping/root/admin")]
    [InlineData("by-dev/meta/root-coord/credential/grantee-privileges/admin/Global/default.*")]
    [InlineData("by-dev/meta/root-coord/credential/grantee-id/0123456789abcdef/PrivilegeAll")]
    [InlineData("by-dev/meta/root-coord/privilege-group/readers")]
    [InlineData("by-dev/meta/root-coord/something-new/1/2/3")]
    [InlineData("by-dev/meta/root-coord/database/something-new/1")]
    [InlineData("by-dev/meta/root-coord/database")]
    [InlineData("by-dev/meta/snapshots/root-coord/something-new/1_ts5")]
    [InlineData("by-dev/meta/snapshots/root-coord/something-new/1")]
    [InlineData("by-dev/meta/root-coordinator/collection/1")]
    [InlineData("by-dev/meta/datacoord-meta/s/1/2/3")]
    [InlineData("by-dev/kv/gid/timestamp")]
    [InlineData("other/meta/root-coord/collection/1")]
    [InlineData("")]
    public void Keys_that_describe_nothing_of_the_catalog_then_they_are_left_out(string key)
    {
        CatalogHistory history = Empty.Apply([new(key, Encoding.UTF8.GetBytes("{}")), .. Created(5, 100)], 1);
        Assert.Single(history.Changes(0, ulong.MaxValue));
    }

    [Theory]
    [InlineData("by-dev/meta/root-coord/collection/five", "'five' should be a decimal id")]
    [InlineData("by-dev/meta/root-coord/database/db-info/-1", "'-1' should be a decimal id")]
    [InlineData("by-dev/meta/root-coord/fields/5/", "'' should be a decimal id")]
    [InlineData("by-dev/meta/root-coord/partitions/x/5", "'x' should be a decimal id")]
    [InlineData("by-dev/meta/snapshots/root-coord/fields/5/100", "a dated copy must end in '_ts' and a decimal timestamp")]
    [InlineData("by-dev/meta/snapshots/root-coord/fields/5/100_tsX", "a dated copy must end in '_ts' and a decimal timestamp")]
    public void Keys_of_a_known_kind_that_are_malformed_then_the_error_names_them(string key, string problem)
    {
        var error = Assert.Throws<CatalogException>(() => Empty.Apply([new(key, Tombstone)], 1));
        Assert.Equal($"etcd key '{key}': {problem}", error.Message);
    }

    [Theory]
    [InlineData("database/db-info/7", "/wAA", "3 bytes that are no DatabaseInfo: ")]
    [InlineData("database/collection-info/1/5", "/wAA", "3 bytes that are no CollectionInfo: ")]
    [InlineData("partitions/5/6", "/wAA", "3 bytes that are no PartitionInfo: ")]
    [InlineData("fields/5/100", "/wAA", "3 bytes that are no FieldSchema: ")]
    [InlineData("functions/5/1", "/wAA", "3 bytes that are no FunctionSchema: ")]
    [InlineData("database/aliases/1/live", "/wAA", "3 bytes that are no AliasInfo: ")]
    [InlineData("database/db-info/7", "", "holds database 0 where database 7 belongs")]
    [InlineData("database/collection-info/1/5", "CAY=", "holds collection 6 where collection 5 belongs")]
    [InlineData("database/collection-info/1/5", "CAU=", "the collection has no schema, so no name")]
    [InlineData("partitions/5/6", "CAU=", "holds partition 5 where partition 6 belongs")]
    [InlineData("fields/5/100", "CAU=", "holds field 5 where field 100 belongs")]
    [InlineData("database/aliases/1/live", "", "the alias names no collection")]
    public void Values_that_do_not_belong_there_then_the_error_names_key_and_problem_and_nothing_is_taken_in(string path, string base64, string problem)
    {
        CatalogHistory history = Empty.Apply(Created(55, 100), 1);
        foreach (string key in new[] { $"{Root}root-coord/{path}", $"{Root}snapshots/root-coord/{path}_ts500" })
        {
            var error = Assert.Throws<CatalogException>(() => history.Apply([.. Created(65, 200), new(key, Convert.FromBase64String(base64))], 2));
            Assert.StartsWith($"etcd key '{key}': {problem}", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, history.Revision);
        Assert.False(history.Knows(65));
    }

    [Fact]
    public void Channel_lists_that_disagree_then_the_error_says_so()
    {
        CollectionInfo lopsided = Collection(5, 100);
        lopsided.PhysicalChannelNames.Add("by-dev-rootcoord-dml_1");
        var error = Assert.Throws<CatalogException>(() => Empty.Apply(Put("database/collection-info/1/5", lopsided), 1));
        Assert.EndsWith("1 virtual channels for 2 physical channels", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("by-dev", "meta", "by-dev/meta/root-coord/")]
    [InlineData("/by-dev/", "/meta/", "by-dev/meta/root-coord/")]
    [InlineData("by-dev", "", "by-dev/root-coord/")]
    [InlineData("", "meta", "meta/root-coord/")]
    [InlineData("a/b", "c", "a/b/c/root-coord/")]
    public void Root_and_sub_path_then_the_prefix_is_joined_like_Milvus_does(string root, string sub, string expected)
    {
        var options = new CatalogOptions { RootPath = root, MetaSubPath = sub };
        Assert.Equal(expected, options.StatePrefix);
        Assert.Equal(expected.Replace("root-coord/", "snapshots/root-coord/", StringComparison.Ordinal), options.SnapshotPrefix);
    }

    [Fact]
    public void An_alias_that_looks_like_a_dated_copy_then_it_is_an_alias()
    {
        CatalogHistory history = Empty.Apply([.. Created(5, 100), .. Save("database/aliases/1/a_ts7", 110, Alias("a_ts7", 5, 110))], 1);
        Assert.Equal(5, history.ResolveCollection("", "a_ts7", 110));
    }
}
