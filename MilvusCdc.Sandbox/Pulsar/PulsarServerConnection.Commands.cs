using System.Text;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;

namespace MilvusCdc.Sandbox.Pulsar;

internal sealed partial class PulsarServerConnection
{
    private const ulong None = ulong.MaxValue;

    private void Handle(BaseCommand command)
    {
        switch (command.Type)
        {
            case CommandType.Connect:
                Connect(command.Connect);
                break;
            case CommandType.Ping:
                Answer(new BaseCommand { Type = CommandType.Pong, Pong = new CommandPong() });
                break;
            case CommandType.PartitionedMetadata:
                Metadata(command.PartitionMetadata);
                break;
            case CommandType.Lookup:
                Lookup(command.LookupTopic);
                break;
            case CommandType.Subscribe:
                Subscribe(command.Subscribe);
                break;
            case CommandType.Flow when _consumers.TryGetValue(command.Flow.ConsumerId, out PulsarServerConsumer? consumer):
                consumer.Permits += command.Flow.MessagePermits;
                break;
            case CommandType.GetLastMessageId:
                Ends(command.GetLastMessageId);
                break;
            case CommandType.Seek:
                Seek(command.Seek);
                break;
            case CommandType.Ack when _consumers.TryGetValue(command.Ack.ConsumerId, out PulsarServerConsumer? consumer):
                Acknowledge(consumer, command.Ack);
                break;
            case CommandType.CloseConsumer:
                CloseConsumer(command.CloseConsumer);
                break;
            case CommandType.Unsubscribe:
                Unsubscribe(command.Unsubscribe);
                break;
            default:
                // PONG; a FLOW or ACK for a consumer that is gone is passed over without a word, as by a real broker.
                break;
        }
    }

    private void Connect(CommandConnect connect)
    {
        (string Method, string? Secret) wanted = services.Options switch
        {
            { Token: { } token } => ("token", token),
            { Basic: { } basic } => ("basic", basic),
            _ => ("", null),
        };
        if (wanted.Secret is not null && (connect.AuthMethodName != wanted.Method || connect.AuthData.ToString(Encoding.UTF8) != wanted.Secret))
        {
            Refuse(None, ServerError.AuthenticationError, "Unable to authenticate");
            return;
        }

        Answer(new BaseCommand
        {
            Type = CommandType.Connected,
            Connected = new CommandConnected { ServerVersion = "Pulsar Server3.0.7", ProtocolVersion = connect.ProtocolVersion, MaxMessageSize = services.Options.MaxMessageSize },
        });
    }

    private void Metadata(CommandPartitionedTopicMetadata asked)
    {
        CommandPartitionedTopicMetadataResponse answer = new() { RequestId = asked.RequestId };
        if (NameOf(asked.Topic) is not { } name || (!services.Options.AutoCreateTopics && services.Store.Find(name) is null))
        {
            answer.Response = CommandPartitionedTopicMetadataResponse.Types.LookupType.Failed;
            answer.Error = ServerError.TopicNotFound;
            answer.Message = NameOf(asked.Topic) is null ? "Namespace not found" : "";
        }
        else
        {
            answer.Partitions = 0;
            answer.Response = CommandPartitionedTopicMetadataResponse.Types.LookupType.Success;
        }

        Answer(new BaseCommand { Type = CommandType.PartitionedMetadataResponse, PartitionMetadataResponse = answer });
    }

    private void Lookup(CommandLookupTopic asked)
    {
        CommandLookupTopicResponse answer = new() { RequestId = asked.RequestId };
        if (NameOf(asked.Topic) is null)
        {
            answer.Response = CommandLookupTopicResponse.Types.LookupType.Failed;
            answer.Error = ServerError.TopicNotFound;
            answer.Message = "Namespace not found";
        }
        else
        {
            string url = services.Faults.RedirectTo ?? services.ServiceUrl;
            bool redirects = services.Faults.RedirectTo is not null;
            answer.Response = redirects ? CommandLookupTopicResponse.Types.LookupType.Redirect : CommandLookupTopicResponse.Types.LookupType.Connect;
            answer.BrokerServiceUrl = url;
            answer.BrokerServiceUrlTls = url.Replace("pulsar://", "pulsar+ssl://", StringComparison.Ordinal);
            answer.Authoritative = true;
            answer.ProxyThroughServiceUrl = !redirects;
        }

        Answer(new BaseCommand { Type = CommandType.LookupResponse, LookupTopicResponse = answer });
    }

    private void Subscribe(CommandSubscribe asked)
    {
        if (services.Faults.SubscribeErrors.TryDequeue(out ServerError error))
        {
            Refuse(asked.RequestId, error, error == ServerError.ConsumerBusy ? "Exclusive consumer is already connected" : "as it was told to");
            return;
        }

        string? name = NameOf(asked.Topic);
        PulsarTopic? topic = name is null ? null : services.Options.AutoCreateTopics ? services.Store.GetOrCreate(name) : services.Store.Find(name);
        if (topic is null || topic.IsDeleted)
        {
            Refuse(asked.RequestId, name is null ? ServerError.ServiceNotReady : ServerError.TopicNotFound, $"Topic {asked.Topic} does not exist");
            return;
        }

        PulsarSubscription subscription = topic.Subscribe(asked.Subscription, asked.Durable, () => Start(topic, asked));
        if (_consumers.ContainsKey(asked.ConsumerId) || !subscription.Take(this))
        {
            Refuse(asked.RequestId, ServerError.ConsumerBusy, "Exclusive consumer is already connected");
            return;
        }

        _consumers[asked.ConsumerId] = new PulsarServerConsumer(asked.ConsumerId, topic, subscription, services.Faults);
        topic.Changed += Wake;
        Succeed(asked.RequestId);
    }

    private static long Start(PulsarTopic topic, CommandSubscribe asked) => asked switch
    {
        { Durable: false, StartMessageId: { } id } => topic.NumberOf(new LogPosition((long)id.LedgerId, (long)id.EntryId)),
        { InitialPosition: CommandSubscribe.Types.InitialPosition.Earliest } => 0,
        _ => topic.NumberOf(new LogPosition(long.MaxValue, long.MaxValue)),
    };

    private void Ends(CommandGetLastMessageId asked)
    {
        if (!_consumers.TryGetValue(asked.ConsumerId, out PulsarServerConsumer? consumer) || services.Faults.WithoutEnds)
        {
            Refuse(asked.RequestId, ServerError.MetadataError, "Consumer not found");
            return;
        }

        LogPosition before = consumer.Topic.Before(consumer.Subscription.Next);
        MessageIdData last = consumer.Topic.Last is { } entry
            ? new MessageIdData { LedgerId = (ulong)entry.At.Ledger, EntryId = (ulong)entry.At.Entry, Partition = -1, BatchIndex = entry.IsBatch ? entry.Count - 1 : -1 }
            : new MessageIdData { LedgerId = None, EntryId = None, Partition = -1, BatchIndex = -1 };
        Answer(new BaseCommand
        {
            Type = CommandType.GetLastMessageIdResponse,
            GetLastMessageIdResponse = new CommandGetLastMessageIdResponse
            {
                RequestId = asked.RequestId,
                LastMessageId = last,
                ConsumerMarkDeletePosition = new MessageIdData { LedgerId = (ulong)before.Ledger, EntryId = (ulong)before.Entry },
            },
        });
    }

    private void Seek(CommandSeek asked)
    {
        if (!_consumers.Remove(asked.ConsumerId, out PulsarServerConsumer? consumer))
        {
            Refuse(asked.RequestId, ServerError.MetadataError, "Consumer not found");
            return;
        }

        consumer.Subscription.Next = asked.MessageId is { } id
            ? consumer.Topic.NumberOf(new LogPosition((long)id.LedgerId, (long)id.EntryId))
            : consumer.Topic.NumberOf((long)asked.MessagePublishTime);
        Leave(consumer, keep: true);
        Answer(new BaseCommand { Type = CommandType.CloseConsumer, CloseConsumer = new CommandCloseConsumer { ConsumerId = asked.ConsumerId, RequestId = None } });
        Succeed(asked.RequestId);
    }

    private static void Acknowledge(PulsarServerConsumer consumer, CommandAck ack)
    {
        if (ack.AckType == CommandAck.Types.AckType.Cumulative && ack.MessageId is [{ } id, ..])
        {
            consumer.Subscription.Next = Math.Max(consumer.Subscription.Next, consumer.Topic.NumberOf(new LogPosition((long)id.LedgerId, (long)id.EntryId + 1)));
        }
    }

    private void CloseConsumer(CommandCloseConsumer asked)
    {
        if (_consumers.Remove(asked.ConsumerId, out PulsarServerConsumer? consumer))
        {
            Leave(consumer, keep: false);
        }

        Succeed(asked.RequestId);
    }

    private void Unsubscribe(CommandUnsubscribe asked)
    {
        if (!_consumers.TryGetValue(asked.ConsumerId, out PulsarServerConsumer? consumer))
        {
            Refuse(asked.RequestId, ServerError.MetadataError, "Consumer not found");
            return;
        }

        consumer.Topic.Unsubscribe(consumer.Subscription.Name);
        Succeed(asked.RequestId);
    }

    private void Succeed(ulong request) => Answer(new BaseCommand { Type = CommandType.Success, Success = new CommandSuccess { RequestId = request } });

    private void Refuse(ulong request, ServerError error, string message) =>
        Answer(new BaseCommand { Type = CommandType.Error, Error = new CommandError { RequestId = request, Error = error, Message = message } });

    // Null: it lies in no namespace of this broker.
    private string? NameOf(string topic)
    {
        string prefix = $"persistent://{services.Options.Tenant}/{services.Options.Namespace}/";
        return topic.StartsWith(prefix, StringComparison.Ordinal) ? topic[prefix.Length..] : null;
    }
}
