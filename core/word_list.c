#include "core/word_list.h"

#include <string.h>
#include "core/error.h"

/* What a line without a category belongs to. */
#define NO_CATEGORY "words"

struct builder {
    GArray *words; /* struct word */
    GPtrArray *categories;
    GHashTable *numbers; /* of the categories */
};

/* Without the blanks around it and a pair of quotes; in place. */
static char *clean(char *field)
{
    gsize n;

    field = g_strstrip(field);
    n = strlen(field);
    if (n < 2 || field[0] != '"' || field[n - 1] != '"')
        return field;
    field[n - 1] = 0;
    return field + 1;
}

static uint32_t category_number(struct builder *b, const char *name)
{
    gpointer found;

    if (g_hash_table_lookup_extended(b->numbers, name, NULL, &found))
        return GPOINTER_TO_UINT(found);
    g_ptr_array_add(b->categories, g_strdup(name));
    g_hash_table_insert(b->numbers, g_strdup(name), GUINT_TO_POINTER(b->categories->len - 1));
    return b->categories->len - 1;
}

static void add_line(struct builder *b, char *line)
{
    char *split = strchr(line, '\t'), *category = NULL;
    struct word word;

    if (!split)
        split = strchr(line, ',');
    if (split && split != line) {
        *split = 0;
        category = clean(line);
        line = split + 1;
    }
    line = clean(line);
    if (!*line || (!b->words->len && category && g_ascii_strcasecmp(category, "category") == 0))
        return;
    word.text = g_strdup(line);
    word.category = category_number(b, category && *category ? category : NO_CATEGORY);
    g_array_append_val(b->words, word);
}

static void add_lines(struct builder *b, const char *text, gsize bytes)
{
    const char *end = text + bytes;

    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (text < end) {
        const char *stop = memchr(text, '\n', (gsize)(end - text));
        char *line = g_strndup(text, (gsize)((stop ? stop : end) - text));

        add_line(b, line);
        g_free(line);
        text = stop ? stop + 1 : end;
    }
}

struct word_list *word_list_parse(const char *path, const char *text, gsize bytes, GError **error)
{
    struct builder b = {g_array_new(FALSE, FALSE, sizeof(struct word)), g_ptr_array_new(),
                        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    struct word_list *l = g_new0(struct word_list, 1);

    add_lines(&b, text, bytes);
    l->path = g_strdup(path);
    l->n_words = b.words->len;
    l->words = (struct word *)(void *)g_array_free(b.words, FALSE);
    l->n_categories = b.categories->len;
    l->categories = (char **)g_ptr_array_free(b.categories, FALSE);
    g_hash_table_destroy(b.numbers);
    if (l->n_words)
        return l;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: no words in it: a line is a word, or category,word", path);
    word_list_destroy(l);
    return NULL;
}

void word_list_destroy(struct word_list *l)
{
    if (!l)
        return;
    for (uint32_t i = 0; i < l->n_words; i++)
        g_free(l->words[i].text);
    for (uint32_t i = 0; i < l->n_categories; i++)
        g_free(l->categories[i]);
    g_free(l->words);
    g_free(l->categories);
    g_free(l->path);
    g_free(l);
}
