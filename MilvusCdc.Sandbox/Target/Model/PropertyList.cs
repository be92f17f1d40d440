using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>Properties of a collection, a database or an index: a later value takes the place of an earlier one.</summary>
internal static class PropertyList
{
    public static void Alter(List<KeyValuePair> properties, IEnumerable<KeyValuePair> changes, IEnumerable<string> removed)
    {
        foreach (KeyValuePair change in changes)
        {
            properties.RemoveAll(one => one.Key == change.Key);
            properties.Add(change);
        }

        foreach (string key in removed)
        {
            properties.RemoveAll(one => one.Key == key);
        }
    }
}
