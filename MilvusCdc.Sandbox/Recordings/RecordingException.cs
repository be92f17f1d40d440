namespace MilvusCdc.Sandbox.Recordings;

/// <summary>A folder is no recording, or a recording is damaged. The message is one sentence that names what is wrong and in which file (and line).</summary>
public sealed class RecordingException(string message, Exception? inner = null) : Exception(message, inner);
