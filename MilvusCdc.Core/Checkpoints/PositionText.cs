using System.Globalization;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Checkpoints;

/// <summary>Positions as people see and write them: a Kafka offset (<c>1234</c>), or Pulsar's <c>LEDGER:ENTRY:BATCH</c> (batch −1: the whole entry).</summary>
public static class PositionText
{
    /// <summary>Reads what <see cref="LogPosition.ToString"/> writes.</summary>
    public static bool TryParse(string text, out LogPosition position)
    {
        position = default;
        string[] parts = text.Split(':');
        switch (parts.Length)
        {
            case 1 when long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long offset):
                position = LogPosition.Kafka(offset);
                return true;
            case 3 when long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long ledger)
                && long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long entry) && entry >= -1
                && int.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int batch) && batch >= -1:
                position = new LogPosition(ledger, entry, batch);
                return true;
            default:
                return false;
        }
    }
}
