using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Milvus;

/// <summary>Milvus refused a call: gRPC's OK with a Status that is not success.</summary>
public sealed class MilvusException(string method, int code, ErrorCode legacyCode, string reason)
    : Exception($"{method}: {(reason.Length > 0 ? reason : legacyCode.ToString())} ({(code != 0 ? $"code {code}" : $"error {legacyCode}")})")
{
    /// <summary>The code since 2.3; 0 when the server only set <see cref="LegacyCode"/>.</summary>
    public int Code => code;

    /// <summary>The older code, which the server sets beside <see cref="Code"/>.</summary>
    public ErrorCode LegacyCode => legacyCode;

    /// <summary>The server's words. For people only: they differ between versions, even between calls.</summary>
    public string Reason => reason;

    /// <summary>The rpc's name, for example <c>CreateCollection</c>.</summary>
    public string Method => method;

    /// <summary>The exception that a status stands for; null when it says success in both fields.</summary>
    public static MilvusException? Of(string method, Status? status) =>
        status is null || (status.Code == 0 && status.ErrorCode == ErrorCode.Success) ? null : new MilvusException(method, status.Code, status.ErrorCode, status.Reason);
}
