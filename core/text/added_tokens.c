#include "core/text/added_tokens.h"

#include <string.h>
#include "core/text/char_class.h"
#include "core/text/normalize.h"

/* What is looked for: the token's text, normalized if it is to be. */
struct needle {
    char *text;
    uint32_t bytes;
    const struct added_token *token;
};

struct added_tokens {
    GArray *needle;   /* struct needle, by text */
    bool begins[256]; /* some needle begins with that byte */
};

static void clear_needle(void *p)
{
    g_free(((struct needle *)p)->text);
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const struct needle *x = a, *y = b;
    int by = memcmp(x->text, y->text, MIN(x->bytes, y->bytes));

    return by ? by : x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

static void normalize_needle(const GArray *steps, struct needle *n)
{
    for (guint i = 0; i < steps->len; i++) {
        const struct normal_step *step = &g_array_index(steps, struct normal_step, i);
        const struct text_piece p = {n->text, n->bytes, 0, NULL};
        struct text_run out;

        text_run_init(&out, false);
        step->kind->apply(step, &p, &out);
        g_free(n->text);
        n->text = g_memdup2(out.text->str, out.text->len + 1);
        n->bytes = (uint32_t)out.text->len;
        text_run_finish(&out);
    }
}

struct added_tokens *added_tokens_create(const struct tokenizer_tables *tables, bool normalized)
{
    struct added_tokens *a = g_new0(struct added_tokens, 1);

    a->needle = g_array_new(FALSE, FALSE, sizeof(struct needle));
    g_array_set_clear_func(a->needle, clear_needle);
    for (guint i = 0; i < tables->added->len; i++) {
        const struct added_token *t = &g_array_index(tables->added, struct added_token, i);
        struct needle n = {g_memdup2(t->text, t->bytes + 1), t->bytes, t};

        if (t->normalized == normalized && normalized)
            normalize_needle(tables->normal, &n);
        if (t->normalized == normalized && n.bytes) {
            a->begins[(guchar)*n.text] = true;
            g_array_append_val(a->needle, n);
        } else {
            clear_needle(&n);
        }
    }
    g_array_sort(a->needle, compare);
    if (a->needle->len)
        return a;
    added_tokens_destroy(a);
    return NULL;
}

void added_tokens_destroy(struct added_tokens *a)
{
    if (!a)
        return;
    g_array_free(a->needle, TRUE);
    g_free(a);
}

static const struct needle *needle_at(const struct added_tokens *a, guint i)
{
    return &g_array_index(a->needle, struct needle, i);
}

/* The first needle of [low, high), which share `depth` bytes, whose next byte is at least that. */
static guint lower_bound(const struct added_tokens *a, guint low, guint high, uint32_t depth,
                         guint byte)
{
    while (low < high) {
        guint mid = low + (high - low) / 2;
        const struct needle *n = needle_at(a, mid);

        if (n->bytes > depth && (guchar)n->text[depth] >= byte)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* The longest needle that the text begins with; NULL: none. */
static const struct needle *longest(const struct added_tokens *a, const char *text, uint32_t bytes)
{
    guint low = 0, high = a->needle->len;
    const struct needle *found = NULL;

    for (uint32_t depth = 0; low < high; depth++) {
        if (needle_at(a, low)->bytes == depth)
            found = needle_at(a, low);
        if (depth == bytes)
            break;
        high = lower_bound(a, low, high, depth, (guint)(guchar)text[depth] + 1);
        low = lower_bound(a, low, high, depth, (guchar)text[depth]);
    }
    return found;
}

static bool inside_word(const struct text_piece *p, uint32_t from, uint32_t to)
{
    return (from > 0 && char_is_word(g_utf8_get_char(g_utf8_prev_char(p->text + from)))) ||
           (to < p->bytes && char_is_word(g_utf8_get_char(p->text + to)));
}

/* With the spaces that the token takes, but for those that another one took. */
static void take_spaces(const struct added_walk *w, struct added_match *m)
{
    const struct text_piece *p = w->p;

    while (m->token->left && m->from > w->done) {
        const char *before = g_utf8_prev_char(p->text + m->from);

        if (!char_is_space(g_utf8_get_char(before)))
            break;
        m->from = (uint32_t)(before - p->text);
    }
    while (m->token->right && m->to < p->bytes && char_is_space(g_utf8_get_char(p->text + m->to)))
        m->to = text_piece_next(p, m->to);
}

static bool search(struct added_walk *w, struct added_match *m)
{
    const struct text_piece *p = w->p;

    while (w->search < p->bytes) {
        uint32_t at = w->search++;
        const struct needle *n;

        if (!w->tokens->begins[(guchar)p->text[at]])
            continue;
        n = longest(w->tokens, p->text + at, p->bytes - at);
        if (!n)
            continue;
        w->search = at + n->bytes;
        if (n->token->single_word && inside_word(p, at, w->search))
            continue;
        *m = (struct added_match){n->token, at, w->search};
        take_spaces(w, m);
        w->search = MAX(w->search, m->to);
        return true;
    }
    return false;
}

bool added_tokens_next(struct added_walk *w, struct added_match *out)
{
    if (!w->found.token && w->tokens)
        search(w, &w->found);
    *out = w->found;
    if (!out->token)
        *out = (struct added_match){NULL, w->done, w->p->bytes};
    else if (out->from > w->done)
        *out = (struct added_match){NULL, w->done, out->from};
    else
        w->found.token = NULL;
    w->done = out->to;
    return out->token || out->from < out->to;
}
