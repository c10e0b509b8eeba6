#include "core/examples_tokenize.h"

#include <string.h>

bool examples_need_tokenizer(const struct examples *e)
{
    for (uint32_t i = 0; i < e->n; i++)
        if (!e->examples[i].ids)
            return true;
    return false;
}

static GArray *encode(const struct tokenizer *t, const char *text, bool special, GError **error)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    if (tokenizer_encode(t, text, strlen(text), special, ids, NULL, error))
        return ids;
    g_array_free(ids, TRUE);
    return NULL;
}

/* What the template puts in front: what stands before the ids of a text alone. */
static GArray *lead_of(const struct tokenizer *t)
{
    GArray *plain = encode(t, "a", false, NULL), *full = encode(t, "a", true, NULL);
    guint lead = 0;

    if (plain && full && plain->len)
        while (lead + plain->len < full->len &&
               memcmp(&g_array_index(full, uint32_t, lead), plain->data,
                      plain->len * sizeof(uint32_t)) != 0)
            lead++;
    if (!full)
        full = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_set_size(full, lead);
    if (plain)
        g_array_free(plain, TRUE);
    return full;
}

static void bad(struct examples *e, uint32_t line, GError *error)
{
    if (e->n_bad < BAD_LINES_KEPT) {
        e->bad = g_renew(struct bad_line, e->bad, e->n_bad + 1);
        e->bad[e->n_bad] = (struct bad_line){line, g_strdup(error->message)};
    }
    e->n_bad++;
    g_error_free(error);
}

static void tokenize(struct examples *e, struct example *x, const struct tokenizer *t,
                     const GArray *lead)
{
    GError *error = NULL;
    GArray *ids = encode(t, x->prompt ? x->prompt : "", false, &error);
    GArray *text = ids ? encode(t, x->text, false, &error) : NULL;

    if (text) {
        /* A bos alone is the prompt of a text that has none. */
        x->n_prompt = lead->len + ids->len;
        g_array_prepend_vals(ids, lead->data, lead->len);
        g_array_append_vals(ids, text->data, text->len);
        g_array_free(text, TRUE);
        x->n_ids = ids->len;
        x->ids = (uint32_t *)g_array_free(ids, FALSE);
        return;
    }
    if (ids)
        g_array_free(ids, TRUE);
    bad(e, x->line, error);
}

void examples_tokenize(struct examples *e, const struct tokenizer *t)
{
    GArray *lead = lead_of(t);

    for (uint32_t i = 0; i < e->n; i++)
        if (!e->examples[i].ids)
            tokenize(e, &e->examples[i], t, lead);
    g_array_free(lead, TRUE);
}
