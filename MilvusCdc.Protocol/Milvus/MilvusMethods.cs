using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Milvus;

/// <summary>The rpcs of MilvusService that MilvusCdc speaks. All are unary; the names are those of Milvus.</summary>
public static class MilvusMethods
{
    /// <summary>What every path begins with.</summary>
    public const string Service = "/milvus.proto.milvus.MilvusService/";

    /// <summary>Connect; answers with ConnectResponse.</summary>
    public static readonly MilvusMethod<ConnectRequest, ConnectResponse> Connect = new("Connect", ConnectResponse.Parser, response => response.Status);

    /// <summary>GetVersion; answers with GetVersionResponse.</summary>
    public static readonly MilvusMethod<GetVersionRequest, GetVersionResponse> GetVersion = new("GetVersion", GetVersionResponse.Parser, response => response.Status);

    /// <summary>CheckHealth; answers with CheckHealthResponse.</summary>
    public static readonly MilvusMethod<CheckHealthRequest, CheckHealthResponse> CheckHealth = new("CheckHealth", CheckHealthResponse.Parser, response => response.Status);

    /// <summary>AllocTimestamp; answers with AllocTimestampResponse.</summary>
    public static readonly MilvusMethod<AllocTimestampRequest, AllocTimestampResponse> AllocTimestamp = new("AllocTimestamp", AllocTimestampResponse.Parser, response => response.Status);

    /// <summary>ReplicateMessage; answers with ReplicateMessageResponse.</summary>
    public static readonly MilvusMethod<ReplicateMessageRequest, ReplicateMessageResponse> ReplicateMessage = new("ReplicateMessage", ReplicateMessageResponse.Parser, response => response.Status);

    /// <summary>CreateDatabase; answers with Status.</summary>
    public static readonly MilvusMethod<CreateDatabaseRequest, Status> CreateDatabase = new("CreateDatabase", Status.Parser, status => status);

    /// <summary>DropDatabase; answers with Status.</summary>
    public static readonly MilvusMethod<DropDatabaseRequest, Status> DropDatabase = new("DropDatabase", Status.Parser, status => status);

    /// <summary>AlterDatabase; answers with Status, from 2.4.</summary>
    public static readonly MilvusMethod<AlterDatabaseRequest, Status> AlterDatabase = new("AlterDatabase", Status.Parser, status => status);

    /// <summary>ListDatabases; answers with ListDatabasesResponse.</summary>
    public static readonly MilvusMethod<ListDatabasesRequest, ListDatabasesResponse> ListDatabases = new("ListDatabases", ListDatabasesResponse.Parser, response => response.Status);

    /// <summary>CreateCollection; answers with Status.</summary>
    public static readonly MilvusMethod<CreateCollectionRequest, Status> CreateCollection = new("CreateCollection", Status.Parser, status => status);

    /// <summary>DropCollection; answers with Status.</summary>
    public static readonly MilvusMethod<DropCollectionRequest, Status> DropCollection = new("DropCollection", Status.Parser, status => status);

    /// <summary>HasCollection; answers with BoolResponse.</summary>
    public static readonly MilvusMethod<HasCollectionRequest, BoolResponse> HasCollection = new("HasCollection", BoolResponse.Parser, response => response.Status);

    /// <summary>DescribeCollection; answers with DescribeCollectionResponse.</summary>
    public static readonly MilvusMethod<DescribeCollectionRequest, DescribeCollectionResponse> DescribeCollection = new("DescribeCollection", DescribeCollectionResponse.Parser, response => response.Status);

    /// <summary>ShowCollections; answers with ShowCollectionsResponse.</summary>
    public static readonly MilvusMethod<ShowCollectionsRequest, ShowCollectionsResponse> ShowCollections = new("ShowCollections", ShowCollectionsResponse.Parser, response => response.Status);

    /// <summary>AlterCollection; answers with Status.</summary>
    public static readonly MilvusMethod<AlterCollectionRequest, Status> AlterCollection = new("AlterCollection", Status.Parser, status => status);

    /// <summary>AlterCollectionField; answers with Status, from 2.4.</summary>
    public static readonly MilvusMethod<AlterCollectionFieldRequest, Status> AlterCollectionField = new("AlterCollectionField", Status.Parser, status => status);

    /// <summary>RenameCollection; answers with Status.</summary>
    public static readonly MilvusMethod<RenameCollectionRequest, Status> RenameCollection = new("RenameCollection", Status.Parser, status => status);

    /// <summary>GetCollectionStatistics; answers with GetCollectionStatisticsResponse.</summary>
    public static readonly MilvusMethod<GetCollectionStatisticsRequest, GetCollectionStatisticsResponse> GetCollectionStatistics = new("GetCollectionStatistics", GetCollectionStatisticsResponse.Parser, response => response.Status);

    /// <summary>CreateAlias; answers with Status.</summary>
    public static readonly MilvusMethod<CreateAliasRequest, Status> CreateAlias = new("CreateAlias", Status.Parser, status => status);

    /// <summary>DropAlias; answers with Status.</summary>
    public static readonly MilvusMethod<DropAliasRequest, Status> DropAlias = new("DropAlias", Status.Parser, status => status);

    /// <summary>AlterAlias; answers with Status.</summary>
    public static readonly MilvusMethod<AlterAliasRequest, Status> AlterAlias = new("AlterAlias", Status.Parser, status => status);

    /// <summary>CreatePartition; answers with Status.</summary>
    public static readonly MilvusMethod<CreatePartitionRequest, Status> CreatePartition = new("CreatePartition", Status.Parser, status => status);

    /// <summary>DropPartition; answers with Status.</summary>
    public static readonly MilvusMethod<DropPartitionRequest, Status> DropPartition = new("DropPartition", Status.Parser, status => status);

    /// <summary>HasPartition; answers with BoolResponse.</summary>
    public static readonly MilvusMethod<HasPartitionRequest, BoolResponse> HasPartition = new("HasPartition", BoolResponse.Parser, response => response.Status);

    /// <summary>ShowPartitions; answers with ShowPartitionsResponse.</summary>
    public static readonly MilvusMethod<ShowPartitionsRequest, ShowPartitionsResponse> ShowPartitions = new("ShowPartitions", ShowPartitionsResponse.Parser, response => response.Status);

    /// <summary>CreateIndex; answers with Status.</summary>
    public static readonly MilvusMethod<CreateIndexRequest, Status> CreateIndex = new("CreateIndex", Status.Parser, status => status);

    /// <summary>DropIndex; answers with Status.</summary>
    public static readonly MilvusMethod<DropIndexRequest, Status> DropIndex = new("DropIndex", Status.Parser, status => status);

    /// <summary>AlterIndex; answers with Status.</summary>
    public static readonly MilvusMethod<AlterIndexRequest, Status> AlterIndex = new("AlterIndex", Status.Parser, status => status);

    /// <summary>DescribeIndex; answers with DescribeIndexResponse.</summary>
    public static readonly MilvusMethod<DescribeIndexRequest, DescribeIndexResponse> DescribeIndex = new("DescribeIndex", DescribeIndexResponse.Parser, response => response.Status);

    /// <summary>LoadCollection; answers with Status.</summary>
    public static readonly MilvusMethod<LoadCollectionRequest, Status> LoadCollection = new("LoadCollection", Status.Parser, status => status);

    /// <summary>ReleaseCollection; answers with Status.</summary>
    public static readonly MilvusMethod<ReleaseCollectionRequest, Status> ReleaseCollection = new("ReleaseCollection", Status.Parser, status => status);

    /// <summary>LoadPartitions; answers with Status.</summary>
    public static readonly MilvusMethod<LoadPartitionsRequest, Status> LoadPartitions = new("LoadPartitions", Status.Parser, status => status);

    /// <summary>ReleasePartitions; answers with Status.</summary>
    public static readonly MilvusMethod<ReleasePartitionsRequest, Status> ReleasePartitions = new("ReleasePartitions", Status.Parser, status => status);

    /// <summary>GetLoadState; answers with GetLoadStateResponse.</summary>
    public static readonly MilvusMethod<GetLoadStateRequest, GetLoadStateResponse> GetLoadState = new("GetLoadState", GetLoadStateResponse.Parser, response => response.Status);

    /// <summary>GetLoadingProgress; answers with GetLoadingProgressResponse.</summary>
    public static readonly MilvusMethod<GetLoadingProgressRequest, GetLoadingProgressResponse> GetLoadingProgress = new("GetLoadingProgress", GetLoadingProgressResponse.Parser, response => response.Status);

    /// <summary>Flush; answers with FlushResponse.</summary>
    public static readonly MilvusMethod<FlushRequest, FlushResponse> Flush = new("Flush", FlushResponse.Parser, response => response.Status);

    /// <summary>GetFlushState; answers with GetFlushStateResponse.</summary>
    public static readonly MilvusMethod<GetFlushStateRequest, GetFlushStateResponse> GetFlushState = new("GetFlushState", GetFlushStateResponse.Parser, response => response.Status);

    /// <summary>Insert; answers with MutationResult.</summary>
    public static readonly MilvusMethod<InsertRequest, MutationResult> Insert = new("Insert", MutationResult.Parser, response => response.Status);

    /// <summary>Upsert; answers with MutationResult.</summary>
    public static readonly MilvusMethod<UpsertRequest, MutationResult> Upsert = new("Upsert", MutationResult.Parser, response => response.Status);

    /// <summary>Delete; answers with MutationResult.</summary>
    public static readonly MilvusMethod<DeleteRequest, MutationResult> Delete = new("Delete", MutationResult.Parser, response => response.Status);

    /// <summary>Query; answers with QueryResults.</summary>
    public static readonly MilvusMethod<QueryRequest, QueryResults> Query = new("Query", QueryResults.Parser, response => response.Status);

    /// <summary>Search; answers with SearchResults.</summary>
    public static readonly MilvusMethod<SearchRequest, SearchResults> Search = new("Search", SearchResults.Parser, response => response.Status);

    /// <summary>CreateCredential; answers with Status.</summary>
    public static readonly MilvusMethod<CreateCredentialRequest, Status> CreateCredential = new("CreateCredential", Status.Parser, status => status);

    /// <summary>UpdateCredential; answers with Status.</summary>
    public static readonly MilvusMethod<UpdateCredentialRequest, Status> UpdateCredential = new("UpdateCredential", Status.Parser, status => status);

    /// <summary>DeleteCredential; answers with Status.</summary>
    public static readonly MilvusMethod<DeleteCredentialRequest, Status> DeleteCredential = new("DeleteCredential", Status.Parser, status => status);

    /// <summary>CreateRole; answers with Status.</summary>
    public static readonly MilvusMethod<CreateRoleRequest, Status> CreateRole = new("CreateRole", Status.Parser, status => status);

    /// <summary>DropRole; answers with Status.</summary>
    public static readonly MilvusMethod<DropRoleRequest, Status> DropRole = new("DropRole", Status.Parser, status => status);

    /// <summary>OperateUserRole; answers with Status.</summary>
    public static readonly MilvusMethod<OperateUserRoleRequest, Status> OperateUserRole = new("OperateUserRole", Status.Parser, status => status);

    /// <summary>OperatePrivilege; answers with Status.</summary>
    public static readonly MilvusMethod<OperatePrivilegeRequest, Status> OperatePrivilege = new("OperatePrivilege", Status.Parser, status => status);

    /// <summary>OperatePrivilegeV2; answers with Status, from 2.4.</summary>
    public static readonly MilvusMethod<OperatePrivilegeV2Request, Status> OperatePrivilegeV2 = new("OperatePrivilegeV2", Status.Parser, status => status);

    /// <summary>CreatePrivilegeGroup; answers with Status, from 2.4.</summary>
    public static readonly MilvusMethod<CreatePrivilegeGroupRequest, Status> CreatePrivilegeGroup = new("CreatePrivilegeGroup", Status.Parser, status => status);

    /// <summary>DropPrivilegeGroup; answers with Status, from 2.4.</summary>
    public static readonly MilvusMethod<DropPrivilegeGroupRequest, Status> DropPrivilegeGroup = new("DropPrivilegeGroup", Status.Parser, status => status);

    /// <summary>OperatePrivilegeGroup; answers with Status, from 2.4.</summary>
    public static readonly MilvusMethod<OperatePrivilegeGroupRequest, Status> OperatePrivilegeGroup = new("OperatePrivilegeGroup", Status.Parser, status => status);
}
