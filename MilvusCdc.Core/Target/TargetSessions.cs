using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;

namespace MilvusCdc.Core.Target;

/// <summary>The sessions of this process, one a target, opened by the first task that needs it and closed by the last.</summary>
internal sealed class TargetSessions(PackOptions packs, TimeProvider time, SecretReader? secrets = null)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, (TargetSession Session, int Users)> _open = new(StringComparer.Ordinal);

    /// <summary>Opens (or joins) the session with a target and makes sure that it accepts replicated messages.</summary>
    public async Task<TargetSession> JoinAsync(TargetEndpoint target, CancellationToken cancellation)
    {
        string key = Key(target);
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_open.TryGetValue(key, out (TargetSession Session, int Users) known))
            {
                _open[key] = (known.Session, known.Users + 1);
                return known.Session;
            }

            var client = new MilvusClient(target.ToClient(secrets));
            try
            {
                await client.ConnectAsync(cancellation);
                await ReplicateModeProbe.EnsureUsableAsync(client, target, cancellation);
            }
            catch
            {
                client.Dispose();
                throw;
            }

            var session = new TargetSession(client, packs, time);
            _open[key] = (session, 1);
            return session;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A task leaves; the last one closes the session.</summary>
    public async Task LeaveAsync(TargetEndpoint target, string task)
    {
        string key = Key(target);
        TargetSession? toClose = null;
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (!_open.TryGetValue(key, out (TargetSession Session, int Users) known))
            {
                return;
            }

            await known.Session.LeaveAsync(task);
            if (known.Users == 1)
            {
                _open.Remove(key);
                toClose = known.Session;
            }
            else
            {
                _open[key] = (known.Session, known.Users - 1);
            }
        }
        finally
        {
            _gate.Release();
        }

        if (toClose is not null)
        {
            await toClose.DisposeAsync();
        }
    }

    private static string Key(TargetEndpoint target) => $"{target.Address.GetLeftPart(UriPartial.Authority)}|{target.Token}|{target.ServerName}|{target.ClientCertificateFile}";
}
