WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddWeb();

WebApplication app = builder.Build();
app.MapDefaultEndpoints();
app.MapWeb();
await app.RunAsync();
