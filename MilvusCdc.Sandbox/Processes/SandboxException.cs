namespace MilvusCdc.Sandbox.Processes;

/// <summary>Something that the sandbox needs is missing or failed. The message is one sentence for a person: what, where, and what to do.</summary>
public sealed class SandboxException(string message, Exception? inner = null) : Exception(message, inner);
