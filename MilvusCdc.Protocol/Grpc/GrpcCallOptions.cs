namespace MilvusCdc.Protocol.Grpc;

/// <summary>What one call adds to its channel.</summary>
/// <param name="Deadline">How long the whole call may take, told to the server too; null: no limit.</param>
/// <param name="Metadata">Request headers: lower-case names, ASCII values.</param>
public readonly record struct GrpcCallOptions(TimeSpan? Deadline = null, IReadOnlyList<KeyValuePair<string, string>>? Metadata = null);
