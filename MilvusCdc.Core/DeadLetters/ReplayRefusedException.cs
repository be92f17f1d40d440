namespace MilvusCdc.Core.DeadLetters;

/// <summary>A letter cannot be sent again now. The message says why and what a person can do; the letter stays.</summary>
internal sealed class ReplayRefusedException(string message) : Exception(message);
