using System.Text;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Protocol.Tests.Etcd;

/// <summary>One etcd for all tests of a class that do not break it; each test uses keys of its own.</summary>
public sealed class EtcdFixture : IAsyncLifetime
{
    public EtcdProcess Etcd { get; private set; } = null!;

    public EtcdClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Etcd = await EtcdProcess.StartAsync();
        Client = Connect(Etcd);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Etcd.DisposeAsync();
    }

    internal static EtcdClient Connect(EtcdProcess etcd, string? user = null, string? password = null, TimeSpan? timeout = null) =>
        new(new EtcdOptions { Endpoints = [etcd.Endpoint], User = user, Password = password, Timeout = timeout ?? TimeSpan.FromSeconds(20) }, TimeProvider.System);

    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    internal static string Text(EtcdKeyValue? item) => Encoding.UTF8.GetString(item!.Value.Span);

    internal static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan limit)
    {
        using CancellationTokenSource late = new(limit);
        while (!await condition())
        {
            await Task.Delay(25, late.Token);
        }
    }
}
