using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Sandbox.Target.Wire;

/// <summary>A refusal as Milvus answers it: gRPC OK with a Status that carries code, legacy code and reason.</summary>
public sealed class RefusalException(int code, ErrorCode legacy, string reason) : Exception(reason)
{
    /// <summary>Status.code.</summary>
    public int Code { get; } = code;

    /// <summary>Status.error_code.</summary>
    public ErrorCode Legacy { get; } = legacy;

    internal string? Detail { get; init; }

    internal Status ToStatus() => new() { Code = Code, ErrorCode = Legacy, Reason = Message, Detail = Detail ?? Message };
}

/// <summary>The refusals of target-behaviour.md, by what is wrong.</summary>
internal static class Refusal
{
    // Go's protobuf writes a no-break space here on purpose, so that nobody compares the text.
    public const string BadWireFormat = "proto:\u00a0cannot parse invalid wire-format data";

    public static RefusalException Unexpected(string reason) => new(65535, ErrorCode.UnexpectedError, reason);

    public static RefusalException BadParameter(string reason) => new(1100, ErrorCode.IllegalArgument, reason + ": invalid parameter");

    public static RefusalException BadParameter(string what, object expected, object actual) =>
        new(1100, ErrorCode.IllegalArgument, $"{what}: invalid parameter[expected={expected}][actual={actual}]");

    public static RefusalException NoCollection(string database, string name) =>
        new(100, ErrorCode.CollectionNotExists, $"collection not found[database={database}][collection={name}]");

    public static RefusalException NotDescribed(string what) =>
        new(100, ErrorCode.UnexpectedError, "can't find collection " + what) { Detail = what };

    public static RefusalException NoPartition(string name) => new(200, ErrorCode.MetaFailed, $"partition not found[partition={name}]");

    public static RefusalException NoIndex(string collection) => new(700, ErrorCode.IndexNotExist, $"index not found[collection={collection}]");

    public static RefusalException NoAlias(string database, string alias) =>
        new(1600, ErrorCode.UnexpectedError, $"alias not found[database={database}][alias={alias}]");

    public static RefusalException NotLoaded(long collection, string prefix = "") =>
        new(101, ErrorCode.UnexpectedError, $"{prefix}collection not loaded[collection={collection}]");
}
