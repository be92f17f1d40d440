using System.Text;
using System.Text.Json;
using MilvusCdc.Core.TakeOver;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.TakeOver;

public sealed class GoTaskReaderTests
{
    [Fact]
    public void Every_field_of_a_stored_task_is_understood()
    {
        (TaskDefinition? task, string? obstacle) = Read("""
            {"TaskID":"t","MilvusConnectParam":{"host":"m.example","port":19530,"enable_tls":true,"username":"root","password":"geheim","uri":"","dial_config":{"server_name":"m"},"channel_num":16,"ignore_partition":true,
            "connect_timeout":7},"KafkaConnectParam":{"address":"","topic":"","enable_sasl":false,"sasl":{}},"WriterCacheConfig":{"period":0,"size":0},"CollectionInfos":null,
            "DBCollections":{"shop":[{"name":"*","positions":null,"use_start_position":true}]},"NameMapping":[{"source_db":"shop","target_db":"mall","collection_mapping":{"a":"b"}}],
            "RPCRequestChannelInfo":{"name":"","position":""},"ExtraInfo":{"enable_user_role":true},"ExcludeCollections":["shop.secret","*.tmp"],"DisableAutoStart":true,"State":1,"Reason":""}
            """);

        Assert.Null(obstacle);
        Assert.Equal(("https://m.example:19530/", "root:geheim", "m", 16, true, TimeSpan.FromSeconds(7)), (task!.Target.Address.ToString(), task.Target.Token, task.Target.ServerName, task.Target.ChannelCount, task.Target.IgnorePartitions, task.Target.ConnectTimeout));
        Assert.Equal([new CollectionPattern("shop", "*")], task.Selection.Include);
        Assert.Equal([new CollectionPattern("shop", "secret"), new CollectionPattern("*", "tmp")], task.Selection.Exclude);
        Assert.Equal(("mall", "b"), (task.Mappings.Single().TargetDatabase, task.Mappings.Single().Collections["a"]));
        Assert.Equal((TaskStart.CollectionStart, true, true), (task.Start, task.Policies.ReplicateUsersAndRoles, task.DisableAutoStart));
    }

    [Fact]
    public void Collections_without_a_database_are_those_of_the_default_one()
    {
        (TaskDefinition? task, _) = Read("""{"TaskID":"t","MilvusConnectParam":{"uri":"http://m:1","token":"k"},"CollectionInfos":[{"name":"c"}],"State":2}""");

        Assert.Equal((new CollectionPattern("default", "c"), "k", TaskStart.Latest), (task!.Selection.Include.Single(), task.Target.Token, task.Start));
    }

    [Theory]
    [InlineData("""{"TaskID":"t","KafkaConnectParam":{"address":"k:9092","topic":"x"},"CollectionInfos":[{"name":"c"}]}""", "it writes to Kafka ('k:9092', topic 'x')")]
    [InlineData("""{"TaskID":"other","MilvusConnectParam":{"uri":"http://m:1"},"CollectionInfos":[{"name":"c"}]}""", "says that it is task 'other'")]
    [InlineData("""{"TaskID":"t","MilvusConnectParam":{},"CollectionInfos":[{"name":"c"}]}""", "its target's address is none")]
    [InlineData("""{"TaskID":"t","MilvusConnectParam":{"uri":"http://m:1"}}""", "no collection is selected")]
    [InlineData("""{"TaskID":"t","MilvusConnectParam":{"uri":"https://m:1","dial_config":{"server_pem_path":"/nowhere/ca.pem"}},"CollectionInfos":[{"name":"c"}]}""", "'/nowhere/ca.pem' is not on this machine")]
    public void What_cannot_be_taken_over_is_said_in_words(string stored, string expected)
    {
        (TaskDefinition? task, string? obstacle) = Read(stored);

        Assert.Null(task);
        Assert.Contains(expected, obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public void Echo_of_a_task_holds_no_secret()
    {
        byte[] stored = Encoding.UTF8.GetBytes("""
            {"TaskID":"t","MilvusConnectParam":{"uri":"http://u:geheim@m:1","token":"root:geheim","username":"u","password":"geheim"},"KafkaConnectParam":{"sasl":{"password":"geheim"}},"CollectionInfos":[{"name":"c"}]}
            """);

        string echo = GoJson.Echo(stored).GetRawText();

        Assert.DoesNotContain("geheim", echo, StringComparison.Ordinal);
        Assert.Contains("\"collection_infos\":[{\"name\":\"c\"}]", echo, StringComparison.Ordinal);
    }

    private static (TaskDefinition? Definition, string? Obstacle) Read(string stored)
    {
        byte[] value = Encoding.UTF8.GetBytes(stored);
        return GoTaskReader.Read(new GoStoredTask("t", GoTask.Read(value), JsonSerializer.SerializeToElement(1), []), "default");
    }
}
