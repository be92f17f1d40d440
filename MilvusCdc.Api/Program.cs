using MilvusCdc.Core.Configuration;

try
{
    WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
    builder.AddServiceDefaults();
    builder.AddApi();

    WebApplication app = builder.Build();
    app.MapDefaultEndpoints();
    app.MapApi();
    await app.RunAsync();
    return 0;
}
catch (CdcConfigurationException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}
