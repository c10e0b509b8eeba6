/* One row a tensor, for spreadsheets; where heads are known, a second table of them after an empty
 * line. */
#include "core/heads.h"
#include "io/csv_write.h"
#include "io/report.h"
#include "io/report_activity.h"
#include "io/report_behaviour.h"
#include "io/report_neurons.h"
#include "io/report_vocabulary.h"

static void write_side(FILE *out, const struct report_side *s)
{
    if (!s->stats) {
        fputs(",,,,,,,,,,", out);
        return;
    }
    csv_number(out, stats_l1(s->stats));
    csv_number(out, stats_l2(s->stats));
    csv_number(out, stats_mean(s->stats));
    csv_number(out, stats_std(s->stats));
    csv_number(out, s->stats->min);
    csv_number(out, s->stats->max);
    csv_number(out, stats_kurtosis(s->stats));
    fprintf(out, ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
            s->stats->zeros, s->stats->nan, s->stats->inf);
}

static void write_delta(FILE *out, const struct comparison *c, uint32_t entry)
{
    const struct scan_result *r = &c->summary.entries[entry].result;

    if (!r->has_delta) {
        fputs(",,,,,,", out);
        return;
    }
    csv_number(out, stats_l2(&r->stats.delta));
    csv_number(out, pair_relative(&r->stats));
    csv_number(out, comparison_floor(c, entry));
    csv_number(out, pair_cosine_distance(&r->stats));
    fprintf(out, ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, r->stats.unchanged,
            r->stats.sign_flips);
}

static void write_shape(FILE *out, const struct tensor *t)
{
    unsigned rank;
    const uint64_t *dim = tensor_stored_shape(t, &rank);

    fputs(",\"", out);
    for (unsigned i = 0; i < rank; i++)
        fprintf(out, "%s%" G_GUINT64_FORMAT, i ? "x" : "", dim[i]);
    fputc('"', out);
}

static void write_row(const struct report_input *in, uint32_t entry, FILE *out)
{
    const struct comparison *c = in->comparison;
    const struct tensor *t = comparison_tensor(c, entry);
    const struct place *place = comparison_place(c, entry);
    struct report_side base, tuned;

    report_side_of(in, entry, false, &base);
    report_side_of(in, entry, true, &tuned);
    csv_text(out, t->name);
    if (place->block >= 0)
        fprintf(out, ",%d", place->block);
    else
        fputc(',', out);
    fprintf(out, ",%s,%s", role_info(place->role)->name, tensor_kind_name(t->kind));
    write_shape(out, t);
    fprintf(out, ",%s,%s,%" G_GUINT64_FORMAT,
            base.tensor ? dtype_info(base.tensor->dtype)->name : "",
            tuned.tensor ? dtype_info(tuned.tensor->dtype)->name : "", t->elems);
    write_side(out, &base);
    write_side(out, &tuned);
    write_delta(out, c, entry);
    fputc(',', out);
    if (c->summary.entries[entry].error)
        csv_text(out, c->summary.entries[entry].error);
    fputc('\n', out);
}

static void write_head(const struct attention *a, const struct head *h, FILE *out)
{
    if (a->block >= 0)
        fprintf(out, "%d", a->block);
    fprintf(out, ",%u,%u", h->head, h->kv_head);
    csv_number(out, h->relative);
    csv_number(out, h->floor);
    for (unsigned part = 0; part < HEAD_PARTS; part++) {
        csv_number(out, h->part[part].base_l2);
        csv_number(out, h->part[part].tuned_l2);
        csv_number(out, h->part[part].delta_l2);
        csv_number(out, head_part_relative(&h->part[part]));
        csv_number(out, h->part[part].floor);
    }
    fputc(',', out);
    csv_text(out, a->name);
    fputc('\n', out);
}

static void write_heads(const struct comparison *c, FILE *out)
{
    struct head h;

    if (c->attentions.n == 0)
        return;
    fputs("\nblock,head,kv_head,relative,floor", out);
    for (unsigned part = 0; part < HEAD_PARTS; part++) {
        const char *name = head_part_name((enum head_part)part);

        fprintf(out, ",%s_base_l2,%s_tuned_l2,%s_delta_l2,%s_relative,%s_floor", name, name, name, name,
                name);
    }
    fputs(",layer\n", out);
    for (uint32_t a = 0; a < c->attentions.n; a++)
        for (uint32_t head = 0; head < c->attentions.items[a].heads; head++) {
            head_of(c, a, head, &h);
            write_head(&c->attentions.items[a], &h, out);
        }
}

static void write_report(const struct report_input *in, FILE *out)
{
    fputs("name,block,role,kind,shape,base_dtype,tuned_dtype,count,"
          "base_l1,base_l2,base_mean,base_std,base_min,base_max,base_kurtosis,base_zeros,base_nan,"
          "base_inf,tuned_l1,tuned_l2,tuned_mean,tuned_std,tuned_min,tuned_max,tuned_kurtosis,"
          "tuned_zeros,tuned_nan,tuned_inf,delta_l2,relative,floor,cosine_distance,unchanged,sign_flips,"
          "error\n", out);
    for (uint32_t i = 0; i < in->comparison->pairing.n_entries; i++)
        if (comparison_copy_of(in->comparison, i) == PAIR_NONE)
            write_row(in, i, out);
    write_heads(in->comparison, out);
    report_neurons_csv(out, in->comparison);
    report_vocabulary_csv(out, in);
    if (in->behaviour) {
        fputc('\n', out);
        report_behaviour_csv(out, in->behaviour);
    }
    report_activity_csv(out, in->comparison->activity);
}

const struct report_form report_csv = {
    .name = "csv", .help = "one row a tensor, then one a head, neurons, tables of tokens, examples and categories", .write = write_report};
