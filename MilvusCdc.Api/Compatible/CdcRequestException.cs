namespace MilvusCdc.Api.Compatible;

/// <summary>A request cannot be served: the answer's <c>code</c> (400: the client's fault, 500: any other) and its inner text.</summary>
internal sealed class CdcRequestException(int code, string message, Exception? inner = null) : Exception(message, inner)
{
    public int Code => code;

    public static CdcRequestException Client(string message) => new(400, message);

    public static CdcRequestException Server(string message, Exception? inner = null) => new(500, message, inner);
}
