using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>Feeds a real etcd and the sandbox's broker.</summary>
internal sealed class ReplaySink : IRecordingSink, IDisposable
{
    private readonly EtcdClient _etcd;
    private readonly ISourceBroker _broker;

    public ReplaySink(Uri etcd, ISourceBroker broker)
    {
        _etcd = new EtcdClient(new EtcdOptions { Endpoints = [etcd.GetLeftPart(UriPartial.Authority)], Timeout = TimeSpan.FromSeconds(15) }, TimeProvider.System);
        _broker = broker;
    }

    public async Task WriteAsync(IReadOnlyList<EtcdChange> changes, CancellationToken cancellation)
    {
        EtcdTxn transaction = new();
        foreach (EtcdChange change in changes)
        {
            _ = change.Value is { } value ? transaction.Then.Put(change.Key, value) : transaction.Then.Delete(change.Key);
        }

        try
        {
            await _etcd.TxnAsync(transaction, cancellation);
        }
        catch (EtcdException fault)
        {
            throw new SandboxException($"The source's etcd did not take revision {changes[0].Mod}: {fault.Message}", fault);
        }
    }

    public long Append(RecordedMessage message) => _broker.Append(message);

    public void Dispose() => _etcd.Dispose();
}
