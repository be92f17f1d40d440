using System.Reflection;

namespace MilvusCdc.Worker.Hosting;

/// <summary>What this worker says of its version.</summary>
internal static class ProductVersion
{
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
