using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Core.Tasks;

/// <summary>What every <see cref="TaskRunner"/> of a worker shares.</summary>
public sealed record TaskRunnerServices(IReplicationEngine Engine, ITaskJournal Journal, RetryDelays Delays, TimeProvider Time, ILogger<TaskRunner> Logger);
