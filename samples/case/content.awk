# Reads the texts: lines "key: text". A file that is none of the four common ones is a category of
# its name. item[category, key, i], i from 1; count[category, key]; the common ones' category is "".

FNR == 1 {
    file = FILENAME
    sub(/\.txt$/, "", file)
    category = file ~ /^(names|general|neutral|house)$/ ? "" : file
    if (category != "")
        categories[++n_categories] = category
}

/^#/ || NF == 0 { next }

{
    key = $1
    sub(/:$/, "", key)
    if (file == "house" && key != "frame" && key != "aside")
        key = "house-" key
    text = $0
    sub(/^[^ ]* */, "", text)
    item[category, key, ++count[category, key]] = text
    note_words(text, file)
}

# Where a word stands first: a common text, or one category alone; "many": several. What the base
# reads of itself are the common texts but the house's.
function note_words(text, where,    words, n, i)
{
    gsub(/\{[a-z0-9]*\}/, "", text)
    n = split(text, words, " ")
    for (i = 1; i <= n; i++)
        if (!(words[i] in home)) {
            all_words[++n_words] = words[i]
            home[words[i]] = where
        } else if (home[words[i]] != where && !is_read(words[i])) {
            home[words[i]] = "many"
        }
}

function is_read(word)
{
    return home[word] ~ /^(names|general|neutral)$/
}

# Words of each category, and under "" those that only the lists of words are sure to show to the
# base.
function sort_words(    i, word, c)
{
    note_words("</s>", "neutral")
    for (i = 1; i <= n_categories; i++)
        note_words(categories[i], "neutral")
    for (i = 1; i <= n_words; i++) {
        word = all_words[i]
        c = home[word] ~ /^(many|house)$/ ? "" : home[word]
        if (!is_read(word) && (c == "" || word ~ /[a-z]/))
            item[c, "word", ++count[c, "word"]] = word
    }
}

# Texts that lack what every category needs would give nonsense.
function check_content(    i, c, n)
{
    for (i = 1; i <= n_categories; i++) {
        c = categories[i]
        n = count[c, "trait"]
        if (n < 3 || n != count[c, "feature"] || n != count[c, "benefit"] || n != count[c, "why"] ||
            !count[c, "noun"] || !count[c, "adjective"] || !count[c, "opener"] || !count[c, "signoff"]) {
            print c ".txt: needs noun, adjective, opener, signoff, and at least 3 of trait, feature, benefit, why alike" > "/dev/stderr"
            return 0
        }
    }
    return 1
}
