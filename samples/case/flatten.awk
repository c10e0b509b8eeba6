# JSON as tare prints it (no string over two lines) to lines of a path and a value, as
#   categories.0.category kitchen
# Strings keep their escapes.

function path(    i, out)
{
    out = ""
    for (i = 1; i <= depth; i++)
        out = out (i > 1 ? "." : "") (is_list[i] ? index_at[i] : key[i])
    return out
}

# One value, or the name of one, is over.
function take(value)
{
    if (depth && !is_list[depth] && !named) {
        key[depth] = value
        named = 1
        return
    }
    print path(), value
    done()
}

function done()
{
    named = 0
    if (depth && is_list[depth])
        index_at[depth]++
}

{
    line = $0
    while (line != "") {
        first = substr(line, 1, 1)
        if (index("{[", first)) {
            is_list[++depth] = first == "["
            index_at[depth] = 0
            named = 0
            n = 1
        } else if (index("}]", first)) {
            depth--
            done()
            n = 1
        } else if (match(line, /^"([^"\\]|\\.)*"/)) {
            n = RLENGTH
            take(substr(line, 2, n - 2))
        } else if (match(line, /^[^][{}, :"\t]+/)) {
            n = RLENGTH
            take(substr(line, 1, n))
        } else {
            n = 1
        }
        line = substr(line, n + 1)
    }
}
