using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>An etcd for all tests of a class; each API in it has a part of its own.</summary>
public sealed class OneEtcd : IAsyncLifetime
{
    internal EtcdProcess Process { get; private set; } = null!;

    public async Task InitializeAsync() => Process = await EtcdProcess.StartAsync();

    public async Task DisposeAsync() => await Process.DisposeAsync();
}
