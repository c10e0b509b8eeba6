/* The normalization forms (Unicode Standard Annex 15, and section 3.11 of the standard) from GLib's
 * tables. GLib's own function sorts marks in the square of their number and tells nothing of where
 * they come from. */
#include "core/text/normalize.h"

#include <string.h>

/* A decomposed character. */
struct part {
    gunichar c;
    int class; /* combining class; 0: a starter */
    struct token_span from;
    bool gone; /* composed into one before it */
};

/* Characters below have no decomposition, and none above composes with one below but a mark. */
static gunichar unchanged_below(bool compose, bool compatible)
{
    return compose ? (compatible ? 0xa0 : 0x300) : 0x80;
}

static void decompose(const struct text_piece *p, uint32_t at, uint32_t next, bool compatible,
                      GArray *parts)
{
    gunichar out[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize n = g_unichar_fully_decompose(g_utf8_get_char(p->text + at), compatible, out,
                                        G_N_ELEMENTS(out));

    for (gsize i = 0; i < n; i++) {
        struct part one = {out[i], g_unichar_combining_class(out[i]), text_piece_span(p, at, next),
                           false};

        g_array_append_val(parts, one);
    }
}

static gint compare_class(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    return ((const struct part *)a)->class - ((const struct part *)b)->class;
}

/* Marks between starters by class, equal ones as they stand. */
static void order(struct part *part, guint n)
{
    for (guint i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && part[i].class && part[j].class; j++)
            ;
        if (j - i > 1)
            g_qsort_with_data(&part[i], (gint)(j - i), sizeof *part, compare_class, NULL);
    }
}

/* Marks into the starter before them, unless another of their class or a starter is between. */
static void compose(struct part *part, guint n)
{
    struct part *starter = NULL;
    int last = 0; /* the class of what stands between; 0: nothing does */

    for (guint i = 0; i < n; i++) {
        gunichar c;

        if (starter && (last == 0 || last < part[i].class) &&
            g_unichar_compose(starter->c, part[i].c, &c)) {
            guint end = MAX(starter->from.first + starter->from.bytes,
                            part[i].from.first + part[i].from.bytes);

            starter->c = c;
            starter->from.bytes = end - starter->from.first;
            part[i].gone = true;
        } else if (part[i].class == 0) {
            starter = &part[i];
            last = 0;
        } else {
            last = part[i].class;
        }
    }
}

static void flush(GArray *parts, bool composed, struct text_run *out)
{
    struct part *part = (struct part *)(void *)parts->data;

    order(part, parts->len);
    if (composed)
        compose(part, parts->len);
    for (guint i = 0; i < parts->len; i++) {
        char text[6];

        if (!part[i].gone)
            text_run_put(out, text, (uint32_t)g_unichar_to_utf8(part[i].c, text), part[i].from);
    }
    g_array_set_size(parts, 0);
}

/* Runs of characters that nothing changes are copied; the last of one may compose with what
 * follows. */
static void apply_form(bool composed, bool compatible, const struct text_piece *p,
                       struct text_run *out)
{
    gunichar below = unchanged_below(composed, compatible);
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(struct part));
    uint32_t plain = 0, before = 0;

    for (uint32_t at = 0, next; at < p->bytes; at = next) {
        next = text_piece_next(p, at);
        if (g_utf8_get_char(p->text + at) < below) {
            if (parts->len) {
                flush(parts, composed, out);
                plain = at;
            }
            before = at;
            continue;
        }
        if (!parts->len && at > plain) {
            text_run_copy(out, p, plain, before);
            decompose(p, before, at, compatible, parts);
        }
        decompose(p, at, next, compatible, parts);
        plain = next;
    }
    flush(parts, composed, out);
    text_run_copy(out, p, plain, p->bytes);
    g_array_free(parts, TRUE);
}

static void apply_nfc(const struct normal_step *step, const struct text_piece *p,
                      struct text_run *out)
{
    (void)step;
    apply_form(true, false, p, out);
}

static void apply_nfd(const struct normal_step *step, const struct text_piece *p,
                      struct text_run *out)
{
    (void)step;
    apply_form(false, false, p, out);
}

static void apply_nfkc(const struct normal_step *step, const struct text_piece *p,
                       struct text_run *out)
{
    (void)step;
    apply_form(true, true, p, out);
}

static void apply_nfkd(const struct normal_step *step, const struct text_piece *p,
                       struct text_run *out)
{
    (void)step;
    apply_form(false, true, p, out);
}

static void apply_bert_accents(const struct normal_step *step, const struct text_piece *p,
                               struct text_run *out)
{
    struct text_run decomposed;
    struct text_piece q;
    uint32_t from = 0;

    (void)step;
    text_run_init(&decomposed, out->origin != NULL);
    apply_form(false, false, p, &decomposed);
    q = text_run_piece(&decomposed);
    for (uint32_t at = 0, next; at < q.bytes; at = next) {
        next = text_piece_next(&q, at);
        if (next == at + 1 ||
            g_unichar_type(g_utf8_get_char(q.text + at)) != G_UNICODE_NON_SPACING_MARK)
            continue;
        text_run_copy(out, &q, from, at);
        from = next;
    }
    text_run_copy(out, &q, from, q.bytes);
    text_run_finish(&decomposed);
}

const struct normal_kind normal_bert_accents = {"BertNormalizer", apply_bert_accents};
const struct normal_kind normal_nfc = {"NFC", apply_nfc};
const struct normal_kind normal_nfd = {"NFD", apply_nfd};
const struct normal_kind normal_nfkc = {"NFKC", apply_nfkc};
const struct normal_kind normal_nfkd = {"NFKD", apply_nfkd};
