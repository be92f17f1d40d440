using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Configuration.GoConfig;
using MilvusCdc.Server.Commands;

try
{
    if (ServerCommand.Find(args) is { } command)
    {
        return await command.RunAsync();
    }

    WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddGoConfiguration();
    builder.UseStandardAddress();
    builder.UseDashboardToken();
    builder.AddServiceDefaults();
    builder.AddApi();
    builder.AddWorker();
    builder.AddWeb();

    WebApplication app = builder.Build();
    app.LogConfiguration();
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
