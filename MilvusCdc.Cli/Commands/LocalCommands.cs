using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace MilvusCdc.Cli.Commands;

/// <summary>Commands that need no server.</summary>
internal static class LocalCommands
{
    private const string Bash = """
        _cdcctl() {
          local line="${COMP_LINE:0:$COMP_POINT}"
          local words
          words="$(cdcctl "[suggest:${#line}]" "$line" 2>/dev/null)"
          COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -F _cdcctl cdcctl
        """;

    private const string Zsh = """
        #compdef cdcctl
        _cdcctl() {
          local -a words
          words=("${(@f)$(cdcctl "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          compadd -a words
        }
        compdef _cdcctl cdcctl
        """;

    private const string Fish = """
        complete -c cdcctl -f -a '(set -l line (commandline -cp); cdcctl "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)'
        """;

    public static IEnumerable<Command> Make(Surroundings surroundings)
    {
        Argument<string> shell = new("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command completion = new("completion", "Print what makes a shell complete cdcctl's commands: source <(cdcctl completion bash).") { shell };
        completion.SetAction(parsed =>
        {
            surroundings.Out.WriteLine((parsed.GetValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => Fish,
            }).ReplaceLineEndings("\n"));
            return ExitCode.Done;
        });
        yield return completion;

        Command token = new("token", "Make a token for the server's configuration. Only its hash goes there; the token itself is printed once.");
        token.SetAction(parsed =>
        {
            string made = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
            string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made)));
            surroundings.Out.WriteLine(parsed.GetValue(GlobalOptions.Json)
                ? new JsonObject { ["token"] = made, ["sha256"] = hash }.ToJsonString()
                : $"token   {made}\nsha256  {hash}\n\nFor the server:\n  Cdc__Api__Tokens__0__Name=somebody\n  Cdc__Api__Tokens__0__Role=Operator\n  Cdc__Api__Tokens__0__Sha256={hash}");
            return ExitCode.Done;
        });
        yield return token;
    }
}
