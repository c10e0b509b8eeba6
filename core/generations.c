#include "core/generations.h"

#include <math.h>
#include <string.h>
#include "core/generations_measure.h"
#include "core/logits.h"

/* Test examples with a prompt, the first few of each category. */
static GArray *choose(const struct generations_input *in)
{
    GArray *chosen = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint32_t *n = g_new0(uint32_t, in->examples->n_categories);

    for (uint32_t i = 0; i < in->examples->n; i++) {
        const struct example *x = &in->examples->examples[i];

        if (x->split != SPLIT_TEST || !x->ids || x->n_prompt == 0 ||
            n[x->category] == in->per_category)
            continue;
        n[x->category]++;
        g_array_append_val(chosen, i);
    }
    g_free(n);
    return chosen;
}

static uint32_t most_tokens(const struct examples *e)
{
    uint32_t longest = 0;

    for (uint32_t i = 0; i < e->n; i++)
        if (e->examples[i].split != SPLIT_GENERAL)
            longest = MAX(longest, e->examples[i].n_ids - e->examples[i].n_prompt);
    return MIN(longest + longest / 4 + 1, GENERATION_TOKENS);
}

/* A greedy continuation. */
static GArray *go_on(struct net *net, const struct generations_input *in, const struct example *x,
                     uint32_t most, double *entropy, GError **error)
{
    const struct net_spec *spec = &net_weights(net)->spec;
    const struct net_sampling greedy = {.top_p = 1};
    uint32_t end = tokenizer_special(in->tokenizer, TOKEN_EOS), id;
    uint32_t room = x->n_prompt + most, n = 0;
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    struct net_stream *s;
    const float *logits = NULL;
    uint64_t unused = 0;

    if (spec->positions)
        room = MIN(room, spec->positions);
    s = room > x->n_prompt ? net_stream_create(net, room, error) : NULL;
    if (s)
        logits = net_stream_feed(s, x->ids, x->n_prompt, in->cancelled, error);
    *entropy = 0;
    while (logits) {
        *entropy += logits_entropy(logits, spec->vocabulary);
        id = net_sample(logits, spec->vocabulary, &greedy, &unused);
        n++;
        if (id == end)
            break;
        g_array_append_val(ids, id);
        if (x->n_prompt + n >= room)
            break;
        logits = net_stream_feed(s, &id, 1, in->cancelled, error);
    }
    *entropy = n ? *entropy / n : NAN;
    net_stream_destroy(s);
    return ids;
}

static gboolean say(const struct generations_input *in, unsigned side, const GArray *chosen,
                    struct word_index *w, GArray *said, GError **error)
{
    uint32_t most = most_tokens(in->examples);
    GError *why = NULL;

    for (guint i = 0; i < chosen->len && !why; i++) {
        uint32_t example = g_array_index(chosen, uint32_t, i);
        const struct example *x = &in->examples->examples[example];
        struct generation g = {.example = example};
        GArray *ids = go_on(in->nets[side], in, x, most, &g.entropy, &why);

        g.tokens = ids->len;
        g.text =
            tokenizer_decode(in->tokenizer, (const uint32_t *)ids->data, ids->len, false, NULL);
        symbols_of_text(w, g.text, &g.words);
        g_array_append_val(said, g);
        g_array_free(ids, TRUE);
        if (in->progress)
            in->progress(in->data, side * chosen->len + i + 1, chosen->len * (in->nets[1] ? 2 : 1));
    }
    if (why)
        g_propagate_error(error, why);
    return !why;
}

static void finish_said(gpointer data)
{
    struct generation *g = data;

    g_free(g->text);
    symbols_finish(&g->words);
}

gboolean generations_of(const struct generations_input *in, struct generations *out, GError **error)
{
    struct word_index *w = word_index_create();
    struct category_words words;
    GArray *chosen = choose(in);
    gboolean ok = TRUE;

    *out = (struct generations){.n_categories = in->examples->n_categories};
    if (in->words)
        category_words_listed(in->words, in->examples, w, &words);
    else
        category_words_of(in->examples, w, &words);
    for (uint32_t c = 0; c < words.n_categories; c++)
        out->leak_known |= words.count[c] > 0;
    for (unsigned side = 0; side < EVALUATION_SIDES && in->nets[side] && ok; side++) {
        out->said[side] = g_array_new(FALSE, FALSE, sizeof(struct generation));
        g_array_set_clear_func(out->said[side], finish_said);
        ok = say(in, side, chosen, w, out->said[side], error);
        out->sides++;
    }
    if (ok)
        generations_measure(in, w, &words, out);
    else
        generations_finish(out);
    category_words_finish(&words);
    word_index_destroy(w);
    g_array_free(chosen, TRUE);
    return ok;
}

void generations_finish(struct generations *g)
{
    for (unsigned side = 0; side < EVALUATION_SIDES; side++) {
        if (g->said[side])
            g_array_free(g->said[side], TRUE);
        g_free(g->rows[side]);
        g->said[side] = NULL;
        g->rows[side] = NULL;
    }
}
