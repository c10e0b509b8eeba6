#include "core/examples_build.h"

#include <string.h>

struct examples_builder {
    struct examples *out;
    GArray *examples, *bad;
    GPtrArray *categories;
    GHashTable *category_of; /* name -> index + 1; borrows the names */
    char *other_path;        /* of the file after the first; NULL: none */
    bool split_told;
    enum split split;
};

struct examples_builder *examples_builder_create(const char *path)
{
    struct examples_builder *b = g_new0(struct examples_builder, 1);

    b->out = g_new0(struct examples, 1);
    b->out->path = g_strdup(path);
    b->examples = g_array_new(FALSE, FALSE, sizeof(struct example));
    b->bad = g_array_new(FALSE, FALSE, sizeof(struct bad_line));
    b->categories = g_ptr_array_new();
    b->category_of = g_hash_table_new(g_str_hash, g_str_equal);
    return b;
}

void examples_builder_file(struct examples_builder *b, const char *path, enum split split)
{
    g_free(b->other_path);
    b->other_path = g_strdup(path);
    b->split_told = true;
    b->split = split;
}

void examples_builder_bad(struct examples_builder *b, uint32_t line, char *reason)
{
    struct bad_line bad = {line, reason};

    if (b->out->n_bad++ >= BAD_LINES_KEPT) {
        g_free(reason);
        return;
    }
    if (b->other_path) {
        bad.reason = g_strdup_printf("%s: %s", b->other_path, reason);
        g_free(reason);
    }
    g_array_append_val(b->bad, bad);
}

static bool given(const char *text)
{
    return text && *text;
}

/* NULL: it is an example. */
static const char *wrong_with(const struct example_fields *f)
{
    bool ids = f->n_ids > 0, pair = given(f->prompt) || given(f->completion);

    if (given(f->text) + ids + pair > 1)
        return "more than one of text, prompt with completion, and ids";
    if (!given(f->text) && !ids && !pair)
        return "no text: it needs text, or prompt and completion, or ids";
    if (pair && !given(f->completion))
        return "a prompt without a completion";
    if (!ids && (f->n_prompt_ids || f->n_prompt >= 0))
        return "n_prompt or prompt_ids without ids";
    if (f->n_prompt >= 0 && f->n_prompt_ids)
        return "both n_prompt and prompt_ids";
    if (ids && f->n_prompt >= (int64_t)f->n_ids)
        return "n_prompt leaves nothing to predict";
    return NULL;
}

static bool split_of(const struct examples_builder *b, const char *text, enum split *out)
{
    *out = b->split_told ? b->split : SPLIT_TEST;
    if (b->split_told || !given(text))
        return true;
    for (int s = 0; s < SPLIT_COUNT; s++) {
        *out = (enum split)s;
        if (strcmp(text, split_name(*out)) == 0)
            return true;
    }
    return false;
}

/* False: there are too many. */
static bool category_of(struct examples_builder *b, const char *name, uint32_t *out)
{
    gpointer known = g_hash_table_lookup(b->category_of, name);
    char *own;

    *out = known ? GPOINTER_TO_UINT(known) - 1 : b->categories->len;
    if (known)
        return true;
    if (b->categories->len == EXAMPLES_CATEGORIES_MOST)
        return false;
    own = g_strdup(name);
    g_ptr_array_add(b->categories, own);
    g_hash_table_insert(b->category_of, own, GUINT_TO_POINTER(*out + 1));
    return true;
}

static void set_ids(struct example *e, const struct example_fields *f)
{
    e->n_ids = f->n_prompt_ids + f->n_ids;
    e->n_prompt = f->n_prompt_ids ? f->n_prompt_ids : (uint32_t)MAX(f->n_prompt, 0);
    e->ids = g_new(uint32_t, e->n_ids);
    if (f->n_prompt_ids)
        memcpy(e->ids, f->prompt_ids, f->n_prompt_ids * sizeof *e->ids);
    memcpy(e->ids + f->n_prompt_ids, f->ids, f->n_ids * sizeof *e->ids);
}

static void add(struct examples_builder *b, struct example e, const struct example_fields *f)
{
    e.id = given(f->id) ? g_strdup(f->id) : g_strdup_printf("%u", e.line);
    e.pair = given(f->pair) ? g_strdup(f->pair) : NULL;
    e.prompt = given(f->prompt) ? g_strdup(f->prompt) : NULL;
    if (f->n_ids)
        set_ids(&e, f);
    else
        e.text = g_strdup(given(f->text) ? f->text : f->completion);
    g_array_append_val(b->examples, e);
}

void examples_builder_add(struct examples_builder *b, uint32_t line, const struct example_fields *f)
{
    struct example e = {.line = line};
    const char *wrong = wrong_with(f);

    if (wrong)
        examples_builder_bad(b, line, g_strdup(wrong));
    else if (!split_of(b, f->split, &e.split))
        examples_builder_bad(
            b, line, g_strdup_printf("split \"%.40s\" is none of train, test, general", f->split));
    else if (b->examples->len == EXAMPLES_MOST)
        examples_builder_bad(b, line, g_strdup_printf("more than %u examples", EXAMPLES_MOST));
    else if (!category_of(b, f->category ? f->category : "", &e.category))
        examples_builder_bad(b, line,
                             g_strdup_printf("more than %u categories", EXAMPLES_CATEGORIES_MOST));
    else
        add(b, e, f);
}

struct examples *examples_builder_finish(struct examples_builder *b)
{
    struct examples *out = b->out;

    out->n = b->examples->len;
    out->examples = (struct example *)g_array_free(b->examples, FALSE);
    out->n_categories = b->categories->len;
    out->categories = (char **)g_ptr_array_free(b->categories, FALSE);
    out->bad = (struct bad_line *)g_array_free(b->bad, FALSE);
    g_hash_table_destroy(b->category_of);
    g_free(b->other_path);
    g_free(b);
    return out;
}
