/* The way of a text: mended, tokens written in it taken out, what is between normalized, split into
 * words, each word into ids. */
#include <string.h>
#include "core/text/added_tokens.h"
#include "core/text/normalize.h"
#include "core/text/split.h"
#include "core/text/tokenizer_internal.h"
#include "core/text/word_cache.h"

/* One call's. */
struct encoding {
    const struct tokenizer *t;
    struct token_sink *out;
    GError **error;
};

void token_sink_put(struct token_sink *s, uint32_t id, const struct text_piece *p, uint32_t from,
                    uint32_t to)
{
    g_array_append_val(s->ids, id);
    if (s->spans) {
        struct token_span span = text_piece_span(p, from, to);

        g_array_append_val(s->spans, span);
    }
}

static void put_word(struct token_sink *out, const struct word_token *token, guint n,
                     const struct text_piece *word)
{
    for (guint i = 0; i < n; i++)
        token_sink_put(out, token[i].id, word, token[i].from, token[i].to);
}

/* A word that is not in the cache yet: seen apart from its place in the text. */
static bool encode_new_word(const struct encoding *e, const struct text_piece *word, uint32_t hash)
{
    const struct text_piece apart = {word->text, word->bytes, 0, NULL};
    struct word_token token[WORD_CACHE_BYTES];
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct token_span));
    struct token_sink sink = {ids, spans};
    bool ok = e->t->tables->model.ops->encode(e->t, &apart, &sink, e->error);

    for (guint i = 0; ok && i < ids->len; i++) {
        const struct token_span *s = &g_array_index(spans, struct token_span, i);

        token[i] = (struct word_token){g_array_index(ids, uint32_t, i), (uint8_t)s->first,
                                       (uint8_t)(s->first + s->bytes)};
    }
    if (ok) {
        word_cache_put(e->t->cache, hash, word->text, word->bytes, token, ids->len);
        put_word(e->out, token, ids->len, word);
    }
    g_array_free(ids, TRUE);
    g_array_free(spans, TRUE);
    return ok;
}

static bool encode_word(const struct encoding *e, const struct text_piece *word)
{
    const struct word_entry *known;
    uint32_t hash;

    if (!e->t->cache || word->bytes > WORD_CACHE_BYTES)
        return e->t->tables->model.ops->encode(e->t, word, e->out, e->error);
    hash = token_hash(word->text, word->bytes);
    known = word_cache_get(e->t->cache, hash, word->text, word->bytes);
    if (!known)
        return encode_new_word(e, word, hash);
    put_word(e->out, known->token, known->tokens, word);
    return true;
}

/* The steps of splitting one after the other, the model at the end. */
struct stage {
    struct split_sink sink;
    const struct encoding *e;
    guint step;
};

static bool put_piece(struct split_sink *s, const struct text_piece *p)
{
    const struct stage *now = (const struct stage *)(const void *)s;
    const GArray *steps = now->e->t->tables->split;
    struct stage next = {{put_piece}, now->e, now->step + 1};
    const struct split_step *step;

    if (p->bytes == 0)
        return true;
    if (now->step == steps->len)
        return encode_word(now->e, p);
    step = &g_array_index(steps, struct split_step, now->step);
    return step->kind->apply(step, p, &next.sink);
}

static bool split(const struct encoding *e, const struct text_piece *p)
{
    struct stage first = {{put_piece}, e, 0};

    return put_piece(&first.sink, p);
}

/* What is between the tokens of p that are found, through the next function. */
static bool walk(const struct encoding *e, const struct added_tokens *tokens,
                 const struct text_piece *p,
                 bool (*next)(const struct encoding *e, const struct text_piece *p))
{
    struct added_walk w = {.tokens = tokens, .p = p};
    struct added_match m;

    if (!tokens)
        return next(e, p);
    while (added_tokens_next(&w, &m)) {
        const struct text_piece part = text_piece_part(p, m.from, m.to);

        if (m.token)
            token_sink_put(e->out, m.token->id, p, m.from, m.to);
        else if (!next(e, &part))
            return false;
    }
    return true;
}

/* Through all steps, by turns into one run and the other; in *p then. false: it grew too large. */
static bool run_steps(const struct encoding *e, struct text_run run[2], struct text_piece *p)
{
    const GArray *steps = e->t->tables->normal;

    for (guint i = 0; i < steps->len; i++) {
        const struct normal_step *step = &g_array_index(steps, struct normal_step, i);
        struct text_run *out = &run[i % 2];

        text_run_clear(out);
        step->kind->apply(step, p, out);
        if (out->text->len > TOKENIZER_TEXT_BYTES) {
            g_set_error(e->error, TARE_ERROR, TARE_ERROR_LIMIT,
                        "%s: %s makes a text of %" G_GSIZE_FORMAT " bytes, the limit is %zu",
                        e->t->tables->path, step->kind->name, out->text->len, TOKENIZER_TEXT_BYTES);
            return false;
        }
        *p = text_run_piece(out);
    }
    return true;
}

static bool normalize(const struct encoding *e, const struct text_piece *p)
{
    struct text_piece now = *p;
    struct text_run run[2];
    bool ok;

    if (!e->t->tables->normal->len)
        return walk(e, e->t->normalized, p, split);
    for (int i = 0; i < 2; i++)
        text_run_init(&run[i], e->out->spans || e->t->with_origin);
    ok = run_steps(e, run, &now) && walk(e, e->t->normalized, &now, split);
    for (int i = 0; i < 2; i++)
        text_run_finish(&run[i]);
    return ok;
}

static bool encode_text(const struct encoding *e, const char *text, size_t bytes)
{
    struct text_piece whole = {text, (uint32_t)bytes, 0, NULL};
    struct text_run mended;
    bool ok;

    if (e->t->tables->model.ops->raw || text_valid(text, bytes))
        return walk(e, e->t->plain, &whole, normalize);
    text_run_init(&mended, e->out->spans || e->t->with_origin);
    text_mend(&mended, text, bytes);
    whole = text_run_piece(&mended);
    ok = walk(e, e->t->plain, &whole, normalize);
    text_run_finish(&mended);
    return ok;
}

static void put_template(const GArray *ids, uint32_t at, struct token_sink *s)
{
    const struct text_piece nothing = {"", 0, at, NULL};

    for (guint i = 0; i < ids->len; i++)
        token_sink_put(s, g_array_index(ids, uint32_t, i), &nothing, 0, 0);
}

bool tokenizer_encode(const struct tokenizer *t, const char *text, size_t bytes, bool special,
                      GArray *ids, GArray *spans, GError **error)
{
    struct token_sink out = {ids, spans};
    const struct encoding e = {t, &out, error};
    guint n_ids = ids->len, n_spans = spans ? spans->len : 0;

    if (bytes > TOKENIZER_TEXT_BYTES) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "a text of %zu bytes, the limit of a tokenizer is %zu", bytes,
                    TOKENIZER_TEXT_BYTES);
        return false;
    }
    if (special)
        put_template(t->tables->before, 0, &out);
    if (!encode_text(&e, text, bytes)) {
        g_array_set_size(ids, n_ids);
        if (spans)
            g_array_set_size(spans, n_spans);
        return false;
    }
    if (special)
        put_template(t->tables->after, (uint32_t)bytes, &out);
    return true;
}
