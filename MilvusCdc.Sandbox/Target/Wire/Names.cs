namespace MilvusCdc.Sandbox.Target.Wire;

/// <summary>Which names Milvus takes.</summary>
internal static class Names
{
    public const string DefaultPartition = "_default";
    public const string Dynamic = "$meta";

    public static bool OnlyWordCharacters(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    public static void CheckCollection(string name)
    {
        if (name.Length == 0)
        {
            throw Refusal.BadParameter("Invalid collection name: . the length of collection name must be greater than 0");
        }

        if (char.IsAsciiDigit(name[0]))
        {
            throw Refusal.BadParameter($"Invalid collection name: {name}. the first character of a collection name must be an underscore or letter");
        }

        if (!OnlyWordCharacters(name))
        {
            throw Refusal.BadParameter($"Invalid collection name: {name}. collection name can only contain numbers, letters and underscores");
        }
    }

    public static void CheckPartition(string name)
    {
        if (name.Length == 0)
        {
            throw Refusal.Unexpected("Invalid partition name: . Partition name should not be empty.");
        }

        if (!OnlyWordCharacters(name))
        {
            throw Refusal.Unexpected($"Invalid partition name: {name}. Partition name can only contain numbers, letters and underscores.");
        }
    }
}
