using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>The broker answered with an error.</summary>
internal sealed class PulsarRefusedException(ServerError error, string text, string what)
    : SourceLogException($"{what}: Pulsar answers {error}{(text.Length > 0 ? $" ({text})" : "")}")
{
    public ServerError Error => error;

    /// <summary>The topic is not there (yet); a namespace that is not there is not meant.</summary>
    public bool IsMissingTopic => error == ServerError.TopicNotFound && !text.Contains("Namespace", StringComparison.OrdinalIgnoreCase);

    /// <summary>Waiting does not help: a person must change something.</summary>
    public bool IsFinal => error is ServerError.AuthenticationError or ServerError.AuthorizationError or ServerError.InvalidTopicName or ServerError.UnsupportedVersionError
        or ServerError.NotAllowedError || (error == ServerError.TopicNotFound && !IsMissingTopic);
}
