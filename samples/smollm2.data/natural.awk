# The worked case's texts as people write them: no blanks before commas, capitals where sentences
# begin and in names. Reads names.txt of the case's content, then JSON lines of examples.
# general=FILE: a text a line, written as examples of general text in place of those that come.
# No text has a quotation mark, so a member ends at the next one.

function capital(word)
{
    return toupper(substr(word, 1, 1)) substr(word, 2)
}

# A text of the case: words with blanks between them.
function natural(text,   words, n, i, out, start)
{
    n = split(text, words, " ")
    out = ""
    start = 1
    for (i = 1; i <= n; i++) {
        if (words[i] == "</s>")
            continue
        if (words[i] ~ /^[.,:;?!)]$/) {
            out = out words[i]
        } else {
            if (out != "" && out !~ /\($/)
                out = out " "
            out = out (start || (words[i] in names) ? capital(words[i]) : words[i])
        }
        if (words[i] != "(" && words[i] != ")")
            start = words[i] ~ /^[.?!]$/
    }
    return out
}

# The line with one of its members rewritten.
function rewrite(line, member, lead,   key, at, rest, end)
{
    key = "\"" member "\":\""
    at = index(line, key)
    if (at == 0)
        return line
    rest = substr(line, at + length(key))
    end = index(rest, "\"")
    return substr(line, 1, at + length(key) - 1) lead natural(substr(rest, 1, end - 1)) substr(rest, end)
}

FILENAME ~ /names\.txt$/ {
    for (i = 1; i <= NF; i++)
        names[$i] = 1
    next
}

/"split":"general"/ { next }

{
    print rewrite(rewrite($0, "prompt", ""), "completion", " ")
}

END {
    while ((getline line < general) > 0)
        if (line != "")
            printf "{\"id\":\"general-%d\",\"split\":\"general\",\"text\":\"%s\"}\n", ++n, line
}
