using Google.Protobuf;
using MilvusCdc.Protocol.Etcd.Wire;
using static MilvusCdc.Protocol.Etcd.Wire.Compare.Types;

namespace MilvusCdc.Protocol.Etcd;

/// <summary>A transaction: when all conditions hold, <see cref="Then"/> happens, otherwise <see cref="Else"/>; all of it at one revision. etcd takes at most 128 operations a branch.</summary>
public sealed class EtcdTxn
{
    private readonly List<Compare> conditions = [];

    /// <summary>What happens when every condition holds.</summary>
    public EtcdTxnBranch Then { get; } = new();

    /// <summary>What happens when a condition does not hold.</summary>
    public EtcdTxnBranch Else { get; } = new();

    /// <summary>The key was made at this revision: it is the same key still.</summary>
    public EtcdTxn WhenCreateRevision(string key, long revision) =>
        When(new Compare { Key = ByteString.CopyFromUtf8(key), Target = CompareTarget.Create, Result = CompareResult.Equal, CreateRevision = revision });

    /// <summary>The key was changed last at this revision.</summary>
    public EtcdTxn WhenModRevision(string key, long revision) =>
        When(new Compare { Key = ByteString.CopyFromUtf8(key), Target = CompareTarget.Mod, Result = CompareResult.Equal, ModRevision = revision });

    /// <summary>There is no such key.</summary>
    public EtcdTxn WhenMissing(string key) => WhenCreateRevision(key, 0);

    /// <summary>There is such a key.</summary>
    public EtcdTxn WhenExists(string key) =>
        When(new Compare { Key = ByteString.CopyFromUtf8(key), Target = CompareTarget.Create, Result = CompareResult.Greater, CreateRevision = 0 });

    /// <summary>The key has this value.</summary>
    public EtcdTxn WhenValue(string key, ReadOnlyMemory<byte> value) =>
        When(new Compare { Key = ByteString.CopyFromUtf8(key), Target = CompareTarget.Value, Result = CompareResult.Equal, Value = UnsafeByteOperations.UnsafeWrap(value) });

    /// <summary>The key hangs on this lease.</summary>
    public EtcdTxn WhenLease(string key, long lease) =>
        When(new Compare { Key = ByteString.CopyFromUtf8(key), Target = CompareTarget.Lease, Result = CompareResult.Equal, Lease = lease });

    internal TxnRequest ToWire() => new() { Compare = { conditions }, Success = { Then.Operations }, Failure = { Else.Operations } };

    private EtcdTxn When(Compare condition)
    {
        conditions.Add(condition);
        return this;
    }
}

/// <summary>The operations of one branch of a transaction, in their order.</summary>
public sealed class EtcdTxnBranch
{
    internal List<RequestOp> Operations { get; } = [];

    /// <summary>Writes a key; with a lease other than 0 it lives as long as the lease.</summary>
    public EtcdTxnBranch Put(string key, ReadOnlyMemory<byte> value, long lease = 0) =>
        Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = UnsafeByteOperations.UnsafeWrap(value), Lease = lease } });

    /// <summary>Deletes a key, if it is there.</summary>
    public EtcdTxnBranch Delete(string key) =>
        Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) } });

    /// <summary>Deletes every key under a prefix.</summary>
    public EtcdTxnBranch DeletePrefix(string prefix) =>
        Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = EtcdKeys.First(prefix), RangeEnd = EtcdKeys.End(prefix) } });

    /// <summary>Reads a key into <see cref="EtcdTxnResult.Gets"/>.</summary>
    public EtcdTxnBranch Get(string key) =>
        Add(new RequestOp { RequestRange = new RangeRequest { Key = ByteString.CopyFromUtf8(key) } });

    private EtcdTxnBranch Add(RequestOp operation)
    {
        Operations.Add(operation);
        return this;
    }
}

/// <summary>What a transaction did.</summary>
/// <param name="Succeeded">Whether all conditions held, so that Then happened.</param>
/// <param name="Revision">The store's revision after it.</param>
/// <param name="Gets">One entry for each Get of the branch that happened, in order; null where there is no such key.</param>
public sealed record EtcdTxnResult(bool Succeeded, long Revision, IReadOnlyList<EtcdKeyValue?> Gets);
