#include "tui/token_rows.h"

#include <math.h>

#include "core/escape.h"

void token_rows_init(struct token_rows *r)
{
    *r = (struct token_rows){.only_state = -1};
}

static void clear_rows(struct token_rows *r)
{
    coverage_destroy(r->coverage);
    g_free(r->rows);
    g_free(r->shown);
    r->coverage = NULL;
    r->rows = NULL;
    r->shown = NULL;
    r->n_rows = r->n_shown = 0;
}

void token_rows_finish(struct token_rows *r)
{
    clear_rows(r);
    if (r->tables)
        g_array_free(r->tables, TRUE);
    matcher_destroy(r->filter);
    *r = (struct token_rows){0};
}

const struct vocabulary *token_rows_table(const struct token_rows *r)
{
    return r->tables && r->table < r->tables->len
               ? &g_array_index(r->tables, struct vocabulary, r->table)
               : NULL;
}

const char *token_sort_name(enum token_sort sort)
{
    static const char *const names[TOKEN_SORTS] = {"relative", "norm", "id"};

    return names[sort];
}

char *token_rows_text(const struct token_rows *r, guint32 id)
{
    const char *text = token_texts_get(r->texts, id);
    char *safe, *quoted;

    if (!text)
        return g_strdup("-");
    safe = escape_text(text);
    quoted = g_strdup_printf("\"%s\"", safe);
    g_free(safe);
    return quoted;
}

static double key_of(const struct token_rows *r, guint32 id)
{
    const struct vocabulary_row *row = &r->rows[id];

    if (r->sort == TOKEN_BY_RELATIVE)
        return row->relative;
    return isnan(row->base_l2) ? row->tuned_l2 : row->base_l2;
}

/* The largest first, what is undefined last, else by id. */
static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct token_rows *r = data;
    guint32 i = *(const guint32 *)a, k = *(const guint32 *)b;
    double x = key_of(r, i), y = key_of(r, k);

    int way = r->reversed ? -1 : 1;

    if (r->sort == TOKEN_BY_ID)
        return way * ((i > k) - (i < k));
    if (isnan(x) || isnan(y) || x == y)
        return isnan(x) != isnan(y) ? isnan(x) - isnan(y) : (i > k) - (i < k);
    return way * ((x < y) - (x > y));
}

static bool is_shown(const struct token_rows *r, guint32 id)
{
    const char *text = token_texts_get(r->texts, id);

    if (r->only_state >= 0 && r->rows[id].state != (enum row_state)r->only_state)
        return false;
    if (r->only_listed && r->coverage && !r->coverage->listed[id])
        return false;
    return !r->filter || (text && matcher_hit(r->filter, text));
}

void token_rows_arrange(struct token_rows *r)
{
    g_free(r->shown);
    r->shown = g_new(guint32, r->n_rows);
    r->n_shown = 0;
    for (guint32 i = 0; i < r->n_rows; i++)
        if (is_shown(r, i))
            r->shown[r->n_shown++] = i;
    if (r->n_shown)
        g_qsort_with_data(r->shown, (gint)r->n_shown, sizeof *r->shown, compare, r);
}

void token_rows_load(struct token_rows *r)
{
    const struct vocabulary *v = token_rows_table(r);

    clear_rows(r);
    r->bins = (struct relative_bins){0};
    if (!v)
        return;
    r->n_rows = v->rows;
    r->rows = g_new(struct vocabulary_row, v->rows);
    vocabulary_rows(r->of, v, r->rows);
    for (guint i = 0; i < r->n_rows; i++)
        relative_bins_add(&r->bins, r->rows[i].relative);
    if (r->words)
        r->coverage = coverage_create(r->words, r->texts, comparison_tokenizer(r->of), r->rows,
                                      r->n_rows);
    token_rows_arrange(r);
}

/* True: other tables than before are there. A scan that goes on changes nothing of a finished one.
 */
static bool update_tables(struct token_rows *r, const struct comparison *c)
{
    GArray *before = r->tables;
    bool changed;

    if (r->of == c && r->version == c->summary.version && before)
        return false;
    changed = r->of != c;
    r->of = c;
    r->version = c->summary.version;
    r->tables = vocabulary_tables(c);
    changed |= !before || before->len != r->tables->len;
    if (before)
        g_array_free(before, TRUE);
    if (r->table >= r->tables->len)
        r->table = 0;
    return changed;
}

void token_rows_update(struct token_rows *r, struct comparison *c, const struct word_list *words,
                       guint words_version)
{
    const struct token_texts *texts = NULL;
    bool changed = update_tables(r, c);

    r->texts_error = NULL;
    if (r->tables->len)
        texts = comparison_token_texts(c, &r->texts_error);
    changed |= texts != r->texts || words_version != r->words_version || words != r->words;
    r->texts = texts;
    r->words = words;
    r->words_version = words_version;
    if (changed)
        token_rows_load(r);
}
