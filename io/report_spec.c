#include "io/report_spec.h"

#include <math.h>
#include "core/depth.h"
#include "core/vocabulary.h"
#include "io/report_lines.h"

/* NULL: it can't be read to the end. */
static char *hash_of(const char *path)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    FILE *in = fopen(path, "r");
    guint8 *bytes = g_malloc(1 << 20);
    char *text = NULL;
    gsize n;

    while (in && (n = fread(bytes, 1, 1 << 20, in)) > 0)
        g_checksum_update(sum, bytes, (gssize)n);
    if (in && !ferror(in))
        text = g_strdup(g_checksum_get_string(sum));
    if (in)
        fclose(in);
    g_free(bytes);
    g_checksum_free(sum);
    return text;
}

void spec_write_file(FILE *out, const char *what, const char *path)
{
    char *hash = path ? hash_of(path) : NULL;

    if (!path)
        return;
    fprintf(out, "- %s: ", what);
    report_escaped(out, path);
    fprintf(out, "\n  SHA-256 %s\n", hash ? hash : "unknown: it can't be read to the end");
    g_free(hash);
}

/* Depth. */

static void write_band(FILE *out, const char *name, const struct depth *d, enum depth_part part)
{
    const struct depth_band *b = &d->verdict.band[part];

    if (b->n == 0)
        return;
    fprintf(out, "%s %.3g %% (blocks %u to %u, pooled %.3g %%); ", name, b->mean * 100,
            d->block[b->first].block, d->block[b->first + b->n - 1].block, b->pooled * 100);
}

static void write_stack(FILE *out, const struct comparison *c, uint32_t stack)
{
    const char *name = depth_stack_name(c, stack);
    struct depth d;

    depth_of(c, stack, &d);
    fprintf(out, "- %s%sdepth class: %s (%s)\n", name ? name : "", name ? ", " : "",
            depth_class_name(d.verdict.class), depth_class_text(&d));
    if (d.reason)
        fprintf(out, "  no more than that: %s\n", d.reason);
    if (d.n && d.verdict.class != DEPTH_NONE) {
        fprintf(out, "  mean relative change: ");
        write_band(out, "early", &d, DEPTH_EARLY);
        write_band(out, "middle", &d, DEPTH_MIDDLE);
        write_band(out, "late", &d, DEPTH_LATE);
        fprintf(out, "f %.3g; floor %.2g %%\n  late / early %s%.3g; rank correlation with depth "
                     "%.2f (p %.2g); %s; the model moved by %.3g %%\n",
                d.verdict.f, d.floor * 100, d.verdict.contrast_is_bound ? "at least " : "",
                d.verdict.contrast, d.rho, d.p,
                d.stable ? "the same for other bands" : "other bands give another class",
                d.model_relative * 100);
    }
    depth_finish(&d);
}

void spec_write_depth(FILE *out, const struct comparison *c)
{
    if (!c->tuned || comparison_blocks(c) == 0)
        return;
    fputs("\n## Weights\n\n", out);
    for (uint32_t stack = 0; stack < depth_stacks(c); stack++)
        write_stack(out, c, stack);
}

/* Untouched rows. */

static bool is_untouched(enum row_state s)
{
    return s == ROW_UNMOVED || s == ROW_DECAYED;
}

/* Distinct tokens of the category's held-out texts. */
static void count_category(const struct examples *e, uint32_t category,
                           const struct vocabulary_row *rows, uint32_t n, struct spec_rows *out)
{
    bool *seen = g_new0(bool, n + 1);

    for (uint32_t i = 0; i < e->n; i++) {
        const struct example *x = &e->examples[i];

        for (uint32_t k = 0; k < x->n_ids && x->split == SPLIT_TEST && x->category == category; k++) {
            if (x->ids[k] >= n || seen[x->ids[k]])
                continue;
            seen[x->ids[k]] = true;
            out->tokens[category]++;
            out->untouched[category] += is_untouched(rows[x->ids[k]].state);
        }
    }
    g_free(seen);
}

static void count_rows(const struct comparison *c, const struct examples *e,
                       const struct vocabulary *v, struct spec_rows *out)
{
    struct vocabulary_row *rows = g_new(struct vocabulary_row, MAX(v->rows, 1));

    vocabulary_rows(c, v, rows);
    out->tokens = g_new0(uint32_t, MAX(e->n_categories, 1));
    out->untouched = g_new0(uint32_t, MAX(e->n_categories, 1));
    for (uint32_t i = 0; i < e->n_categories; i++)
        count_category(e, i, rows, v->rows, out);
    g_free(rows);
}

void spec_rows_of(const struct comparison *c, const struct examples *e, struct spec_rows *out)
{
    GArray *tables = vocabulary_tables(c);
    const struct vocabulary *v =
        tables->len ? &g_array_index(tables, struct vocabulary, 0) : NULL;

    *out = (struct spec_rows){0};
    if (!c->tuned || !v || v->head)
        out->why = "there are no two input embeddings to compare";
    else if (v->caveat != VOCABULARY_OK)
        out->why = vocabulary_caveat_text(v->caveat);
    else
        count_rows(c, e, v, out);
    g_array_free(tables, TRUE);
}

void spec_rows_finish(struct spec_rows *r)
{
    g_free(r->tokens);
    g_free(r->untouched);
}
