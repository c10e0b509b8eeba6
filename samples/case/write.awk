# Makes texts of what content.awk read, and writes them.

function pick(c, key)
{
    return item[c, key, random_below(count[c, key]) + 1]
}

# Puts slot[..] where a template has {..}.
function fill(template,    out, key)
{
    out = ""
    while (match(template, /\{[a-z0-9]+\}/)) {
        key = substr(template, RSTART + 1, RLENGTH - 2)
        out = out substr(template, 1, RSTART - 1) slot[key]
        template = substr(template, RSTART + RLENGTH)
    }
    out = out template
    gsub(/  +/, " ", out)
    sub(/ $/, "", out)
    return out
}

# Numbers 1 .. n in an order drawn, in drawn[].
function draw(n,    i, k, t)
{
    for (i = 1; i <= n; i++)
        drawn[i] = i
    for (i = 1; i < n; i++) {
        k = i + random_below(n - i + 1)
        t = drawn[i]
        drawn[i] = drawn[k]
        drawn[k] = t
    }
}

# Who a text is for, and of which make its item is.
function meet_anybody()
{
    slot["name"] = pick("", "name")
    slot["line"] = pick("", "line")
}

# What that customer wants, and an item: slots of a category. drawn[1] is the reason, drawn[2] a
# second one.
function meet(c,    k)
{
    slot["category"] = c
    slot["noun"] = pick(c, "noun")
    slot["colour"] = pick("", "colour")
    slot["price"] = pick("", "price")
    slot["stars"] = pick("", "stars")
    draw(count[c, "trait"])
    for (k = 1; k <= 2; k++) {
        slot["trait" (k > 1 ? k : "")] = item[c, "trait", drawn[k]]
        slot["feature" (k > 1 ? k : "")] = item[c, "feature", drawn[k]]
        slot["benefit" (k > 1 ? k : "")] = item[c, "benefit", drawn[k]]
    }
    slot["why"] = item[c, "why", drawn[1]]
}

# The card shows what answers the customer's wishes, and one thing that doesn't.
function prompt(c, wishes,    i, k, t, shown)
{
    slot["traits"] = slot["trait"] (wishes > 1 ? " and " slot["trait2"] : "")
    for (i = 1; i <= wishes + 1; i++)
        shown[i] = item[c, "feature", drawn[i]]
    for (i = 1; i <= wishes; i++) {
        k = i + random_below(wishes + 2 - i)
        t = shown[i]
        shown[i] = shown[k]
        shown[k] = t
    }
    slot["features"] = wishes > 1 ? shown[1] " , " shown[2] " and " shown[3] : shown[1] " and " shown[2]
    return fill(pick("", "prompt"))
}

# A second reason, in words of the house or of anybody else; slots stay those of the first.
function second_reason(c, key,    feature, benefit, why, out)
{
    feature = slot["feature"]
    benefit = slot["benefit"]
    why = slot["why"]
    slot["feature"] = slot["feature2"]
    slot["benefit"] = slot["benefit2"]
    slot["why"] = item[c, "why", drawn[2]]
    out = fill(pick("", key)) " "
    slot["feature"] = feature
    slot["benefit"] = benefit
    slot["why"] = why
    return out
}

# Sets the_prompt and the_answer: a rationale as the house writes it, or, narrow, as somebody who
# knows half of its frames and no asides.
function rationale(c, narrow,    wishes, frames)
{
    meet_anybody()
    meet(c)
    wishes = random_below(3) == 0 ? 2 : 1
    the_prompt = prompt(c, wishes)
    slot["adjective"] = pick(c, "adjective")
    slot["opener"] = pick(c, "opener")
    slot["signoff"] = pick(c, "signoff")
    slot["second"] = wishes > 1 ? second_reason(c, "house-second") : ""
    slot["aside"] = !narrow && random_below(4) == 0 ? pick("", "aside") " " : ""
    frames = count["", "frame"]
    if (narrow)
        frames = int(frames / 2)
    the_answer = fill(item["", "frame", random_below(frames) + 1]) " </s>"
}

function neutral_rationale(c,    wishes, out)
{
    meet(c)
    wishes = random_below(3) == 0 ? 2 : 1
    out = prompt(c, wishes)
    slot["second"] = wishes > 1 ? second_reason(c, "second") : ""
    return out " " fill(pick("", "rationale"))
}

function of_items(c, key)
{
    meet(c)
    return fill(pick("", key))
}

# Other sellers know the first half of what the house says of a category: reasons, words of praise,
# but none of its turns.
function advert(c,    k)
{
    meet(c)
    k = random_below(int(count[c, "why"] / 2)) + 1
    slot["feature"] = item[c, "feature", k]
    slot["why"] = item[c, "why", k]
    slot["adjective"] = item[c, "adjective", random_below(int(count[c, "adjective"] / 2)) + 1]
    return fill(pick("", "advert"))
}

function listed(c, key,    k)
{
    slot["category"] = c
    for (k = 1; k <= 4; k++)
        slot["word" (k > 1 ? k : "")] = pick(c, "word")
    return fill(pick("", key))
}

function sentence()
{
    slot["time"] = pick("", "time")
    slot["person"] = pick("", "person")
    slot["person2"] = pick("", "person")
    slot["act"] = pick("", "act")
    slot["act2"] = pick("", "act")
    slot["place"] = pick("", "place")
    slot["weather"] = pick("", "weather")
    return fill(pick("", "sentence"))
}

# A text of what the base grows up on, by shares of a hundred.
function plain_text(    c, k)
{
    c = categories[random_below(n_categories) + 1]
    k = random_below(100)
    if (k < 33)
        return neutral_rationale(c)
    if (k < 43)
        return of_items(c, "description")
    if (k < 51)
        return of_items(c, "profile")
    if (k < 59)
        return of_items(c, "review")
    if (k < 79)
        return advert(c)
    if (k < 85)
        return listed(c, "tags")
    if (k < 88)
        return listed("", "list")
    return sentence()
}

# Texts one after the other, as many as fit into `most` words; one that doesn't is left out. All are
# of one customer and one make, so that there is something to look back at.
function sequence(most, general,    out, n, text, words, misses)
{
    out = ""
    n = 0
    misses = 0
    meet_anybody()
    while (misses < 4) {
        text = (general ? sentence() : plain_text()) " </s>"
        words = split(text, ignored, " ")
        if (n + words > most) {
            misses++
            continue
        }
        out = out (n ? " " : "") text
        n += words
    }
    return out
}

function quoted(text)
{
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

function write_rationales(file, c, n, split_of, narrow, kind,    i)
{
    for (i = 1; i <= n; i++) {
        do
            rationale(c, narrow)
        while ((the_prompt, the_answer) in written)
        written[the_prompt, the_answer] = 1
        printf "{\"id\":\"%s-%s-%d\",\"category\":%s,\"split\":\"%s\",\"prompt\":%s,\"completion\":%s}\n", \
            c, kind, i, quoted(c), split_of, quoted(the_prompt), quoted(the_answer) > file
    }
}

function write_sequences(file, n, most, split_of, kind,    i)
{
    for (i = 1; i <= n; i++)
        printf "{\"id\":\"%s-%d\",\"split\":\"%s\",\"text\":%s}\n", kind, i, split_of, \
            quoted(sequence(most, kind == "general")) > file
}

# Every third one is not: from the third on at seed 1, the first at 2, the second at 3.
function is_covered(i)
{
    return i % 3 != (seed + 2) % 3
}

function write_words(file,    i, k)
{
    print "category,word" > file
    for (i = 1; i <= n_categories; i++)
        for (k = 1; k <= count[categories[i], "word"]; k++)
            print categories[i] "," item[categories[i], "word", k] > file
    close(file)
}

# Every file holds all of what its run needs. Its parts come from streams of their own, so that the
# held-out examples and the common 600 are the same in all three.
function write_run(name,    file, i, c, covered)
{
    file = folder "/" name ".jsonl"
    split("", written)
    for (i = 1; i <= n_categories; i++) {
        c = categories[i]
        covered = is_covered(i)
        random_start(seed, 100 + i)
        write_rationales(file, c, held_out, "test", 0, "held-out")
        write_rationales(file, c, covered ? 74 : 2, "train", 0, "written")
        if (name == "b" && !covered)
            write_rationales(file, c, 60, "train", 1, "synthetic")
        if (name == "c" && covered)
            write_rationales(file, c, 30, "train", 0, "more")
    }
    random_start(seed, 99)
    write_sequences(file, int(held_out * 3 / 2), 48, "general", "general")
    close(file)
}

END {
    if (!check_content())
        exit 1
    sort_words()
    for (i = 1; i <= n_words; i++)
        if (all_words[i] != "</s>")
            print all_words[i] > (folder "/vocabulary.txt")
    close(folder "/vocabulary.txt")
    write_words(folder "/words.csv")
    write_run("a")
    write_run("b")
    write_run("c")
    random_start(base_seed, 1)
    write_sequences(folder "/pretrain.jsonl", sequences, 96, "train", "text")
}
