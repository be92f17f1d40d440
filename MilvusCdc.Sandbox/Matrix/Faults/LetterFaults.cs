using System.Net.Http.Json;
using System.Text.Json;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>What goes wrong with the store of dead letters, which is the meta store.</summary>
internal static class LetterFaults
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static IReadOnlyList<FaultRow> Rows { get; } =
    [
        new("a row to be set aside finds the meta store full", "Streaming", "cannot write to the meta store", BeginAsync, EndAsync) { SetsAside = true, Hold = TimeSpan.FromSeconds(6) },
    ];

    /// <summary>The target refuses the first row that comes from now on, wherever it comes again. The meta store is full from that moment: what fails first is the storing of the letter.</summary>
    private static Task BeginAsync(FaultScene scene)
    {
        FaultSwitches faults = scene.Bed.Target.Milvus.Faults;
        long refused = 0;
        faults.RefuseMessage = message =>
        {
            if (MsgHeader.Parser.ParseFrom(message.Span).Base?.MsgType != MsgType.Insert || InsertRequest.Parser.ParseFrom(message.Span) is not { CollectionName: "kept" } insert)
            {
                return false;
            }

            Interlocked.CompareExchange(ref refused, insert.RowIDs[0], 0);
            return insert.RowIDs.Contains(Interlocked.Read(ref refused));
        };
        return FaultScene.Break(scene.Worker.Meta, call => Interlocked.Read(ref refused) != 0 ? EtcdFaults.Full(call) : null);
    }

    /// <summary>With room again the row is set aside; then it is sent again, so that both sides can be equal.</summary>
    private static async Task EndAsync(FaultScene scene)
    {
        scene.Worker.Meta.Fault = null;
        using HttpClient api = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = scene.Worker.Server.Address };
        string path = $"/api/v1/tasks/{scene.TaskId}/dead-letters";
        string[] letters = await UntilAsync(api, path, static found => found.Length > 0, "no row was set aside");
        scene.Bed.Target.Milvus.Faults.RefuseMessage = null;
        foreach (string letter in letters)
        {
            using HttpResponseMessage answer = await api.PostAsync(new Uri($"{path}/{Uri.EscapeDataString(letter)}/replay", UriKind.Relative), content: null);
            if (!answer.IsSuccessStatusCode)
            {
                throw new SandboxException($"letter '{letter}' cannot be sent again: {await answer.Content.ReadAsStringAsync()}");
            }
        }

        await UntilAsync(api, path, static found => found.Length == 0, "the row that was set aside is not sent again");
    }

    private static async Task<string[]> UntilAsync(HttpClient api, string path, Func<string[], bool> holds, string otherwise)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!patience.IsCancellationRequested)
        {
            using HttpResponseMessage answer = await api.GetAsync(new Uri(path, UriKind.Relative));
            if (answer.IsSuccessStatusCode)
            {
                JsonElement page = await answer.Content.ReadFromJsonAsync<JsonElement>();
                string[] ids = [.. page.GetProperty("letters").EnumerateArray().Select(static letter => letter.GetProperty("id").GetString()!)];
                if (holds(ids))
                {
                    return ids;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        throw new SandboxException(otherwise);
    }
}
