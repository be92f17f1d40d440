namespace MilvusCdc.Core.Configuration.Secrets;

/// <summary>A reference to a secret cannot be followed. The message is a sentence that names the reference, never a secret.</summary>
public sealed class SecretException(string message, Exception? inner = null) : Exception(message, inner);
