namespace MilvusCdc.Api.Compatible;

/// <summary><c>request_data</c> holds values of other types than it may. The message lists all of them.</summary>
internal sealed class CdcDecodingException(string mismatches) : Exception(mismatches);
