namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>Reads Milvus's filter language: or, and, not, comparisons (also chained), in, like, exists, arithmetic, JSON and array access, a few functions.</summary>
internal sealed class FilterParser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private readonly List<Token> _tokens;
    private int _at;

    private FilterParser(string expression) => _tokens = Token.Split(expression);

    private Token Now => _tokens[_at];

    /// <exception cref="FormatException">It is no expression; the message says why.</exception>
    public static Filter Parse(string expression)
    {
        FilterParser parser = new(expression);
        Filter filter = parser.Or();
        return parser.Now.Kind == TokenKind.End ? filter : throw new FormatException($"'{parser.Now.Word}' is not expected there");
    }

    private bool Take(params string[] words)
    {
        if (Now.Kind is not (TokenKind.Name or TokenKind.Symbol) || !words.Contains(Now.Word, StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Need(string word)
    {
        if (!Take(word))
        {
            throw new FormatException($"'{word}' is expected instead of '{Now.Word}'");
        }
    }

    private Filter Or()
    {
        Filter left = And();
        while (Take("or", "||"))
        {
            left = new Binary("or", left, And());
        }

        return left;
    }

    private Filter And()
    {
        Filter left = Unary();
        while (Take("and", "&&"))
        {
            left = new Binary("and", left, Unary());
        }

        return left;
    }

    private Filter Unary() => Take("not", "!") ? new Not(Unary()) : Comparison();

    private Filter Comparison()
    {
        Filter left = Sum();
        if (Take("in"))
        {
            return new In(left, Constants());
        }

        if (Now.Word.Equals("not", StringComparison.OrdinalIgnoreCase) && Now.Kind == TokenKind.Name)
        {
            _at++;
            Need("in");
            return new Not(new In(left, Constants()));
        }

        if (Take("like"))
        {
            string pattern = Now.Kind == TokenKind.Text ? Now.Word : throw new FormatException("like needs a text");
            _at++;
            return new Like(left, pattern);
        }

        Filter? all = null;
        while (Now.Kind == TokenKind.Symbol && Comparisons.Contains(Now.Word))
        {
            string comparison = _tokens[_at++].Word;
            Filter right = Sum();
            Filter one = new Binary(comparison, left, right);
            all = all is null ? one : new Binary("and", all, one);
            left = right;
        }

        return all ?? left;
    }

    private Filter Sum()
    {
        Filter left = Product();
        while (Now.Kind == TokenKind.Symbol && Now.Word is "+" or "-")
        {
            left = new Binary(_tokens[_at++].Word, left, Product());
        }

        return left;
    }

    private Filter Product()
    {
        Filter left = Primary();
        while (Now.Kind == TokenKind.Symbol && Now.Word is "*" or "/" or "%" or "**")
        {
            left = new Binary(_tokens[_at++].Word, left, Primary());
        }

        return left;
    }

    private Filter Primary()
    {
        Token token = _tokens[_at++];
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Text:
                return new Literal(token.Value);
            case TokenKind.Symbol when token.Word == "-":
                return Primary() switch
                {
                    Literal { Value: long number } => new Literal(-number),
                    Literal { Value: double number } => new Literal(-number),
                    Filter other => new Negative(other),
                };
            case TokenKind.Symbol when token.Word == "(":
                Filter inner = Or();
                Need(")");
                return inner;
            case TokenKind.Symbol when token.Word == "[":
                return new ListOf(Items("]"));
            case TokenKind.Name:
                return Named(token.Word);
            default:
                throw new FormatException($"'{token.Word}' is not expected there");
        }
    }

    private Filter Named(string word)
    {
        switch (word.ToUpperInvariant())
        {
            case "TRUE":
                return new Literal(true);
            case "FALSE":
                return new Literal(false);
            case "EXISTS":
                return Primary() is FieldPath path ? new Exists(path) : throw new FormatException("exists needs a field");
        }

        if (Take("("))
        {
            return new Call(word.ToUpperInvariant(), Items(")"));
        }

        List<object> steps = [];
        while (Take("["))
        {
            Token key = _tokens[_at++];
            steps.Add(key.Value ?? throw new FormatException($"'{key.Word}' is no key"));
            Need("]");
        }

        return new FieldPath(word, steps);
    }

    private List<Filter> Items(string end)
    {
        List<Filter> items = [];
        if (Take(end))
        {
            return items;
        }

        do
        {
            items.Add(Or());
        }
        while (Take(","));
        Need(end);
        return items;
    }

    private HashSet<object> Constants()
    {
        Need("[");
        return Items("]").Select(i => i is Literal { Value: { } value } ? value : throw new FormatException("in needs a list of constants")).ToHashSet();
    }
}
