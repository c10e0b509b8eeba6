# Runs as JSON. Behind runs.awk.

function pair(key, value)
{
    return "\"" key "\": " value
}

function categories(run,    i, out)
{
    out = ""
    for (i = 0; (run, "categories." i ".category") in fact; i++)
        if (fact[run, "categories." i ".category"] != "")
            out = out (out == "" ? "" : ",\n") "      {" \
                pair("name", "\"" fact[run, "categories." i ".category"] "\"") ", " \
                pair("cover", "\"" fact[run, "categories." i ".cover"] "\"") ", " \
                pair("examples", fact[run, "categories." i ".examples"]) ", " \
                pair("loss", fact[run, "categories." i "." side(run) "_loss"]) "}"
    return "[\n" out "]"
}

# "left L left_low L left_high H" as the program printed it.
function shares(text,    words, n, i, out)
{
    n = split(text, words, /[ \n]+/)
    for (i = 1; i < n; i += 2)
        out = out (i > 1 ? ", " : "") pair(words[i], words[i + 1])
    return "{" out "}"
}

END {
    n = split("covered_loss uncovered_loss gap gap_low gap_high early_relative late_relative general_loss " \
              "leak_covered leak_uncovered base_norm norm", keys, " ")
    printf "{\n  %s,\n  %s,\n  %s,\n", pair("seed", seed), pair("quick", quick == "yes" ? "true" : "false"), \
        pair("seconds", seconds)
    for (k = 1; k <= n_runs; k++) {
        printf "  \"%s\": {\n", title(runs[k])
        for (i = 1; i <= n; i++)
            printf "    %s,\n", pair(keys[i], measured(runs[k], keys[i]))
        printf "    %s},\n", pair("categories", categories(runs[k]))
    }
    printf "  %s,\n  %s\n}\n", pair("B_of_A", shares(b)), pair("C_of_A", shares(c))
}
