# What samples/smollm2 measured, beside the case's two figures. Reads lines of a path and a value.

{ fact[$1] = $2 }

function number(path)
{
    return path in fact && fact[path] != "" ? fact[path] : "null"
}

function percent(path)
{
    return number(path) == "null" ? "-" : sprintf("%.2f %%", 100 * fact[path])
}

function loss(path)
{
    return number(path) == "null" ? "-" : sprintf("%.3f", fact[path])
}

function line(what, base, tuned)
{
    printf "%-40s %10s %10s\n", what, base, tuned
}

function write_json(    keys, n, i)
{
    n = split("early_relative=depth.early.mean late_relative=depth.late.mean " \
              "base_covered_loss=gap.base_covered_loss base_uncovered_loss=gap.base_uncovered_loss " \
              "covered_loss=gap.tuned_covered_loss uncovered_loss=gap.tuned_uncovered_loss " \
              "gap=gap.gap gap_low=gap.gap_low gap_high=gap.gap_high gap_did=gap.gap_did " \
              "gap_did_low=gap.gap_did_low gap_did_high=gap.gap_did_high " \
              "base_general_loss=general.base_loss general_loss=general.tuned_loss", keys, " ")
    printf "{\n  \"seed\": %s,\n  \"steps\": %s,\n  \"learning_rate\": %s,\n  \"seconds\": %s", seed, steps, rate,
        seconds >json
    for (i = 1; i <= n; i++)
        printf ",\n  \"%s\": %s", substr(keys[i], 1, index(keys[i], "=") - 1),
            number(substr(keys[i], index(keys[i], "=") + 1)) >json
    printf "\n}\n" >json
}

END {
    printf "\n%d steps at %s, %d seconds\n\n", steps, rate, seconds
    line("", "the case", "measured")
    line("early half of the blocks moved", "0.4 %", percent("depth.early.mean"))
    line("late half of the blocks moved", "3.2 %", percent("depth.late.mean"))
    printf "\n"
    line("nats a token", "before", "after")
    line("8 categories with 74 examples", loss("gap.base_covered_loss"), loss("gap.tuned_covered_loss"))
    line("4 categories with 2 examples", loss("gap.base_uncovered_loss"), loss("gap.tuned_uncovered_loss"))
    line("general English", loss("general.base_loss"), loss("general.tuned_loss"))
    printf "\nThe gap after tuning is %s [%s, %s]; less the one before it, %s [%s, %s].\n", loss("gap.gap"),
        loss("gap.gap_low"), loss("gap.gap_high"), loss("gap.gap_did"), loss("gap.gap_did_low"),
        loss("gap.gap_did_high")
    printf "That late blocks moved more was chosen, by a tenth of the learning rate below them; the rest was not.\n"
    if (json != "")
        write_json()
}
