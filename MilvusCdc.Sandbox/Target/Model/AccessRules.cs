namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>Users, roles and grants.</summary>
internal sealed class AccessRules
{
    /// <summary>User name to password as sent (base64).</summary>
    public Dictionary<string, string> Users { get; } = new(StringComparer.Ordinal) { ["root"] = "TWlsdnVz" };

    public Dictionary<string, HashSet<string>> Roles { get; } = new(StringComparer.Ordinal) { ["admin"] = [], ["public"] = [] };

    /// <summary>Role, object type, object name, privilege, database.</summary>
    public HashSet<(string Role, string Kind, string Name, string Privilege, string Database)> Grants { get; } = [];
}
