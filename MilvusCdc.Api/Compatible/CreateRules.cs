using System.Text;
using System.Text.Json;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Compatible;

/// <summary>What a <c>create</c> request must be like before anything is connected or looked up: the Go tool's rules in its order and words (control-plane.md §2.1–2.3).</summary>
internal static class CreateRules
{
    /// <summary>Throws <see cref="CdcRequestException"/> at the first broken rule.</summary>
    public static void Check(CreateRequest request, int maxNameLength, string replicateChannel)
    {
        CheckDownstream(request.Milvus, request.Kafka);
        Refuse(request.Kafka.Address.Length > 0 && request.Kafka.Topic.Length == 0, "the kafka topic is empty");
        Refuse(request.BufferPeriod < 0, "the cache period is less zero");
        Refuse(request.BufferSize < 0, "the cache size is less zero");
        CheckSelection(request, maxNameLength);
        Refuse(
            request.RpcName.Length > 0 && request.RpcName != replicateChannel,
            "the rpc channel is invalid, the channel name should be the same as the source config");
        CheckPolicy<MetadataPolicy>("metadata_changes", request.MetadataChanges);
        CheckPolicy<UnsupportedPolicy>("unsupported_changes", request.UnsupportedChanges);
        CheckPolicy<RefusedPolicy>("refused_messages", request.RefusedMessages);
    }

    /// <summary>Our own settings, which the Go tool passes over.</summary>
    private static void CheckPolicy<T>(string name, string value)
        where T : struct, Enum
    {
        string[] allowed = [.. Enum.GetNames<T>().Select(static policy => $"'{JsonNamingPolicy.SnakeCaseLower.ConvertName(policy)}'")];
        Refuse(
            value.Length > 0 && !allowed.Contains($"'{value}'", StringComparer.Ordinal),
            $"extra_info.{name} is '{value}', allowed: {string.Join(", ", allowed)}");
    }

    private static void CheckDownstream(MilvusParam milvus, KafkaParam kafka)
    {
        bool noMilvus = milvus.Uri.Length == 0 && milvus.Host.Length == 0 && milvus.Port <= 0;
        Refuse(noMilvus && kafka.Address.Length == 0, "the downstream address is empty");
        Refuse(!noMilvus && kafka.Address.Length > 0, "don't support milvus and kafka at the same time now");
        if (noMilvus)
        {
            return;
        }

        if (milvus.Uri.Length == 0)
        {
            Refuse(milvus.Host.Length == 0, "the milvus host is empty");
            Refuse(milvus.Port <= 0, "the milvus port is less or equal zero");
        }

        Refuse(milvus.Username.Length == 0 != (milvus.Password.Length == 0), "cannot set only one of the milvus username and password");
        Refuse(milvus.ConnectTimeout < 0, "the milvus connect timeout is less zero");
    }

    private static void CheckSelection(CreateRequest request, int maxNameLength)
    {
        int collections = request.Collections?.Count ?? 0;
        int databases = request.Databases?.Count ?? 0;
        Refuse(collections == 0 && databases == 0, "the collection info is empty");
        Refuse(collections > 1 || databases > 1, "the collection info should be only one");
        Refuse(collections == 1 && databases == 1, "the collection info and db collection info should be only one");
        if (databases == 0)
        {
            CheckCollections(request.Collections!, maxNameLength);
            return;
        }

        foreach ((string database, IReadOnlyList<CollectionInfo> list) in request.Databases!)
        {
            Refuse(Encoding.UTF8.GetByteCount(database) > maxNameLength, $"the db name length exceeds {maxNameLength} characters, {database}");
            CheckCollections(list, maxNameLength);
        }
    }

    private static void CheckCollections(IReadOnlyList<CollectionInfo> list, int maxNameLength)
    {
        Refuse(list.Count == 0, "empty collection info");
        Refuse(list.Count > 1, "the collection info should be only one.");
        CollectionInfo only = list[0];
        Refuse(only.Name is "*" && only.Positions is { Count: > 0 }, "the collection name is `*`, the positions should be empty");
        foreach (string channel in only.Positions?.Keys ?? Enumerable.Empty<string>())
        {
            int underscore = channel.LastIndexOf('_');
            Refuse(underscore < 0 || !channel.AsSpan(underscore).Contains('v'), $"the position channel name is not virtual channel, {channel}");
        }

        Refuse(only.Name.Length == 0, "there is a collection name that is empty. ");
        Refuse(
            Encoding.UTF8.GetByteCount(only.Name) > maxNameLength,
            $"there are some collection names whose length exceeds {maxNameLength} characters, [{only.Name}]");
    }

    private static void Refuse(bool broken, string message)
    {
        if (broken)
        {
            throw CdcRequestException.Client(message);
        }
    }
}
