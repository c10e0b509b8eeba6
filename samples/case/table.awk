# Runs side by side, to be read. Behind runs.awk.

function number(value, digits, factor,    text)
{
    return value == "null" ? "-" : sprintf("%.*f", digits, value * factor)
}

function interval(run)
{
    return "[" number(measured(run, "gap_low"), 2, 1) ", " number(measured(run, "gap_high"), 2, 1) "]"
}

# One line a category, one column a run.
function categories(    i, k, c)
{
    printf "\n%-10s", "category"
    for (k = 1; k <= n_runs; k++)
        printf " %8s", title(runs[k])
    printf "\n"
    for (i = 0; ("base", "categories." i ".category") in fact; i++) {
        c = fact["base", "categories." i ".category"]
        if (c == "")
            continue
        printf "%-10s", c
        for (k = 1; k <= n_runs; k++)
            printf " %8s", number(fact[runs[k], "categories." i "." side(runs[k]) "_loss"], 3, 1)
        printf "  %s\n", fact["base", "categories." i ".cover"]
    }
}

END {
    printf "%-8s %8s %9s %6s %-14s %8s %8s %6s %8s %6s %8s\n", "run", "covered", "uncovered", "gap", \
        "95 %", "early %", "late %", "ratio", "general", "leak", "norm"
    for (k = 1; k <= n_runs; k++) {
        r = runs[k]
        early = measured(r, "early_relative")
        late = measured(r, "late_relative")
        base_norm = measured(r, "base_norm")
        printf "%-8s %8s %9s %6s %-14s %8s %8s %6s %8s %6s %8s\n", title(r), \
            number(measured(r, "covered_loss"), 3, 1), number(measured(r, "uncovered_loss"), 3, 1), \
            number(measured(r, "gap"), 2, 1), interval(r), number(early, 2, 100), \
            number(late, 2, 100), (early != "null" ? number(late / early, 1, 1) : "-"), \
            number(measured(r, "general_loss"), 3, 1), number(measured(r, "leak_uncovered"), 2, 1), \
            (base_norm != "null" ? sprintf("%+.1f %%", 100 * (measured(r, "norm") / base_norm - 1)) : "-")
    }
    print "leak: in what it writes for the 4, the share of a category's own words that belong to another one"
    categories()
}
