#include "core/association.h"

#include <math.h>
#include <string.h>

static bool is_space(const struct tokenizer *t, uint32_t id)
{
    size_t bytes;
    const char *text = tokenizer_token(t, id, &bytes);

    return text && bytes == 1 && *text == ' ';
}

/* A word's tokens; false: one is unknown, or beyond a table of so many rows. */
static bool tokens_of(const struct tokenizer *t, const char *word, uint32_t rows, GArray *ids)
{
    char *text = g_strconcat(" ", word, NULL);
    uint32_t unknown = tokenizer_special(t, TOKEN_UNK);
    bool ok;

    g_array_set_size(ids, 0);
    ok = tokenizer_encode(t, text, strlen(text), false, ids, NULL, NULL);
    if (ok && ids->len > 1 && is_space(t, g_array_index(ids, uint32_t, 0)))
        g_array_remove_index(ids, 0);
    for (guint i = 0; i < ids->len; i++) {
        uint32_t id = g_array_index(ids, uint32_t, i);

        ok &= id < rows && id != unknown;
    }
    g_free(text);
    return ok && ids->len > 0;
}

static void add_mean(const struct net_matrix *m, const GArray *ids, GArray *rows)
{
    double *row = g_new(double, m->in), *mean = g_new0(double, m->in);
    const struct dtype_info *type = dtype_info(m->dtype);

    for (guint i = 0; i < ids->len; i++) {
        type->decode(row, net_matrix_row(m, g_array_index(ids, uint32_t, i)), m->in);
        for (uint32_t k = 0; k < m->in; k++)
            mean[k] += row[k] / ids->len;
    }
    g_array_append_vals(rows, mean, m->in);
    g_free(mean);
    g_free(row);
}

static uint32_t rows_of(const struct net_weights *const weights[EVALUATION_SIDES])
{
    uint32_t rows = weights[0]->tokens.out;

    return weights[1] ? MIN(rows, weights[1]->tokens.out) : rows;
}

/* One model's test; counts the words too. */
static void test(const struct word_list *list, const struct tokenizer *t,
                 const struct net_weights *w, uint32_t rows, struct association *out,
                 struct weat *weat)
{
    GArray *vectors[WEAT_SETS], *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    struct weat_input in = {.width = w->tokens.in};

    for (int s = 0; s < WEAT_SETS; s++)
        vectors[s] = g_array_new(FALSE, FALSE, sizeof(double));
    memset(out->missing, 0, sizeof out->missing);
    for (uint32_t i = 0; i < list->n_words; i++) {
        uint32_t set = list->words[i].category;

        if (set >= WEAT_SETS)
            continue;
        if (tokens_of(t, list->words[i].text, rows, ids))
            add_mean(&w->tokens, ids, vectors[set]);
        else
            out->missing[set]++;
    }
    for (int s = 0; s < WEAT_SETS; s++) {
        in.rows[s] = (const double *)vectors[s]->data;
        in.n[s] = out->n[s] = vectors[s]->len / w->tokens.in;
    }
    weat_of(&in, weat);
    for (int s = 0; s < WEAT_SETS; s++)
        g_array_free(vectors[s], TRUE);
    g_array_free(ids, TRUE);
}

gboolean association_of(const struct word_list *list, const struct tokenizer *t,
                        const struct net_weights *const weights[EVALUATION_SIDES],
                        struct association *out, GError **error)
{
    *out = (struct association){.list = list};
    if (list->n_categories < WEAT_SETS) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: %u categories of words; the association test needs four: two of "
                    "targets, then two of attributes",
                    list->path, list->n_categories);
        return FALSE;
    }
    out->weat[EVALUATION_TUNED] = (struct weat){NAN, NAN, {NAN, NAN}, NAN, false, 0};
    for (unsigned side = 0; side < EVALUATION_SIDES && weights[side]; side++)
        test(list, t, weights[side], rows_of(weights), out, &out->weat[side]);
    return TRUE;
}
