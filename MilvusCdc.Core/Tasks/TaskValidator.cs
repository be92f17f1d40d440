using System.Buffers.Text;
using System.Text;

namespace MilvusCdc.Core.Tasks;

/// <summary>The rules that hold for every task, whichever API it came through. All broken rules are reported together.</summary>
public static class TaskValidator
{
    /// <summary>Longest task id in bytes of UTF-8: it becomes part of etcd keys.</summary>
    public const int LongestId = 4096;

    /// <summary>One sentence for each broken rule, naming the member, its value and what is allowed; empty: the task is sound.</summary>
    public static IReadOnlyList<string> Validate(TaskDefinition task)
    {
        List<string> mistakes = [];
        int idLength = Encoding.UTF8.GetByteCount(task.Id);
        if (idLength is 0 or > LongestId)
        {
            mistakes.Add($"the task id has {idLength} bytes; allowed are 1 to {LongestId}");
        }

        ValidateTarget(task.Target, mistakes);
        ValidateSelection(task.Selection, mistakes);
        ValidateMappings(task, mistakes);
        ValidatePositions(task, mistakes);
        return mistakes;
    }

    private static void ValidateTarget(TargetEndpoint target, List<string> mistakes)
    {
        if (!target.Address.IsAbsoluteUri || target.Address.Scheme is not ("http" or "https") || target.Address.Host.Length == 0)
        {
            mistakes.Add($"the target address is '{Shown(target.Address)}'; allowed is http://host:port or https://host:port");
        }

        if (target.Address is { IsAbsoluteUri: true, UserInfo.Length: > 0 })
        {
            mistakes.Add("the target address holds a login; allowed is a login in the token only");
        }

        if (target.ConnectTimeout <= TimeSpan.Zero || target.ConnectTimeout > TimeSpan.FromHours(1))
        {
            mistakes.Add($"the connect timeout is {target.ConnectTimeout.TotalSeconds} s; allowed is more than 0 s and at most 3600 s");
        }

        if (target.ClientCertificateFile is null != target.ClientKeyFile is null)
        {
            mistakes.Add("only one of client certificate and client key is set; allowed are both or neither");
        }
    }

    private static string Shown(Uri address) => address.IsAbsoluteUri ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : "not absolute";

    private static void ValidateSelection(CollectionSelection selection, List<string> mistakes)
    {
        if (selection.Include.Count == 0)
        {
            mistakes.Add("no collection is selected; allowed is at least one, where * stands for all");
        }

        foreach (CollectionPattern pattern in selection.Include.Where(static pattern => pattern.Collection.Length == 0))
        {
            mistakes.Add($"a collection of database '{pattern.Database}' has no name; allowed is a name or *");
        }
    }

    private static void ValidateMappings(TaskDefinition task, List<string> mistakes)
    {
        foreach (NameMapping mapping in task.Mappings)
        {
            IEnumerable<string> names = mapping.Collections.Count == 0 ? ["*"] : mapping.Collections.Keys;
            foreach (string name in names.Where(name => !task.Selection.Include.Any(pattern => TaskOverlap.Covers(pattern, new CollectionPattern(mapping.SourceDatabase, name)))))
            {
                mistakes.Add($"the mapping of '{mapping.SourceDatabase}.{name}' is for nothing that the task selects; allowed are names of selected collections");
            }
        }
    }

    private static void ValidatePositions(TaskDefinition task, List<string> mistakes)
    {
        foreach ((string channel, string position) in task.Positions)
        {
            if (VirtualChannel.Parse(channel) is null)
            {
                mistakes.Add($"the position is for channel '{channel}'; allowed is a virtual channel such as by-dev-rootcoord-dml_0_445566v0");
            }

            if (!Base64.IsValid(position))
            {
                mistakes.Add($"the position of channel '{channel}' is no base64; allowed is the base64 of a MsgPosition");
            }
        }

        if (task.OperationPosition is { } operations && !Base64.IsValid(operations))
        {
            mistakes.Add("the position of the replicate channel is no base64; allowed is the base64 of a MsgPosition");
        }
    }
}
