# Reads lines of a run, a path and a value, as samples/worked-case puts them together: what the
# program measured of each run. The base stands for itself, the others beside it.

{
    if (!($1 in seen)) {
        seen[$1] = 1
        runs[++n_runs] = $1
    }
    fact[$1, $2] = substr($0, length($1) + length($2) + 3)
}

function side(run)
{
    return run == "base" ? "base" : "tuned"
}

# A number by its name in the table; "null" where there is none.
function measured(run, what,    path)
{
    path = what ~ /^(covered|uncovered)_loss$/ ? "gap." side(run) "_" what : \
        what ~ /^gap/ ? "gap." what : \
        what == "general_loss" ? "general." side(run) "_loss" : \
        what ~ /^leak_/ ? "generations." side(run) "." substr(what, 6) ".leak" : \
        what == "early_relative" ? "depth.early.mean" : \
        what == "late_relative" ? "depth.late.mean" : \
        what == "base_norm" ? "model.base_l2" : \
        what == "norm" ? "model.tuned_l2" : what
    return (run, path) in fact && fact[run, path] != "" ? fact[run, path] : "null"
}

# What a run is called.
function title(run)
{
    return length(run) == 1 ? toupper(run) : run
}
