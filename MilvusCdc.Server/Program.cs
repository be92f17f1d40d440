using MilvusCdc.Core.Configuration;

try
{
    WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
    builder.UseStandardAddress();
    builder.UseDashboardToken();
    builder.AddServiceDefaults();
    builder.AddApi();
    builder.AddWorker();
    builder.AddWeb();

    WebApplication app = builder.Build();
    app.MapDefaultEndpoints();
    app.MapApi();
    app.MapWeb();
    await app.RunAsync();
    return 0;
}
catch (Exception wrong) when (wrong is CdcConfigurationException or IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException })
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}
