using System.Globalization;
using System.Text;

namespace MilvusCdc.Sandbox.Target.Query;

internal enum TokenKind
{
    Number,
    Text,
    Name,
    Symbol,
    End,
}

/// <summary>One word of a filter expression; <see cref="Value"/> is set for numbers (long or double) and texts.</summary>
internal readonly record struct Token(TokenKind Kind, string Word, object? Value = null)
{
    private static readonly string[] TwoLetters = ["==", "!=", "<=", ">=", "&&", "||", "**"];

    public static List<Token> Split(string expression)
    {
        List<Token> tokens = [];
        int at = 0;
        while (at < expression.Length)
        {
            char c = expression[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
            }
            else if (char.IsAsciiDigit(c) || (c == '.' && at + 1 < expression.Length && char.IsAsciiDigit(expression[at + 1])))
            {
                tokens.Add(Number(expression, ref at));
            }
            else if (c is '"' or '\'')
            {
                tokens.Add(Text(expression, ref at));
            }
            else if (char.IsLetter(c) || c is '_' or '$')
            {
                int start = at;
                while (at < expression.Length && (char.IsLetterOrDigit(expression[at]) || expression[at] is '_' or '$'))
                {
                    at++;
                }

                tokens.Add(new Token(TokenKind.Name, expression[start..at]));
            }
            else
            {
                int length = at + 1 < expression.Length && TwoLetters.Contains(expression.Substring(at, 2)) ? 2 : 1;
                tokens.Add(new Token(TokenKind.Symbol, expression.Substring(at, length)));
                at += length;
            }
        }

        tokens.Add(new Token(TokenKind.End, ""));
        return tokens;
    }

    private static Token Number(string expression, ref int at)
    {
        int start = at;
        bool whole = true;
        while (at < expression.Length)
        {
            char c = expression[at];
            bool exponentSign = c is '+' or '-' && expression[at - 1] is 'e' or 'E';
            if (!char.IsAsciiDigit(c) && c is not ('.' or 'e' or 'E') && !exponentSign)
            {
                break;
            }

            whole &= char.IsAsciiDigit(c);
            at++;
        }

        string word = expression[start..at];
        object value = whole && long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number as object
            : double.Parse(word, CultureInfo.InvariantCulture);
        return new Token(TokenKind.Number, word, value);
    }

    private static Token Text(string expression, ref int at)
    {
        char quote = expression[at++];
        StringBuilder text = new();
        while (at < expression.Length && expression[at] != quote)
        {
            if (expression[at] == '\\' && at + 1 < expression.Length)
            {
                at++;
                text.Append(expression[at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', char other => other });
            }
            else
            {
                text.Append(expression[at]);
            }

            at++;
        }

        if (at >= expression.Length)
        {
            throw new FormatException("a text is not closed");
        }

        at++;
        return new Token(TokenKind.Text, text.ToString(), text.ToString());
    }
}
