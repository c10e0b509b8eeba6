/* The stable interface: every fact the views show, one object. */
#include <math.h>
#include "core/adapter.h"
#include "core/metric.h"
#include "core/heads.h"
#include "core/pair_content.h"
#include "io/json_write.h"
#include "io/report.h"
#include "io/report_activity.h"
#include "io/report_behaviour.h"
#include "io/report_gates.h"
#include "io/report_json_depth.h"
#include "io/report_spectrum.h"
#include "io/report_neurons.h"
#include "io/report_vocabulary.h"

static const char *const quantile_names[EXACT_QUANTILES] = {
    "0.001", "0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99", "0.999"};

static void write_strings(struct json_writer *w, const char *key, const char *const *strings)
{
    json_begin_list(w, key, true);
    for (size_t i = 0; strings[i]; i++)
        json_string(w, NULL, strings[i]);
    json_end_list(w);
}

static void write_known(struct json_writer *w, const char *key, guint64 count)
{
    if (count > 0)
        json_count(w, key, count);
    else
        json_null(w, key);
}

/* Of a file that is an adapter on the base; null for one with weights of its own. */
static void write_adapter(struct json_writer *w, const struct adapter *a)
{
    if (!a) {
        json_null(w, "adapter");
        return;
    }
    json_begin_object(w, "adapter", true);
    json_string(w, "family", a->family);
    json_count(w, "rank", a->rank_most);
    json_double(w, "alpha", a->alpha_most);
    json_bool(w, "alpha_assumed", a->alpha_assumed);
    json_count(w, "tensors", a->n_low_rank);
    json_count(w, "found_by_part", a->n_by_part);
    json_count(w, "replaced", a->n_updates - a->n_low_rank);
    json_end_object(w);
}

static void write_file(struct json_writer *w, const char *key, const struct comparison *of,
                       bool tuned)
{
    const struct checkpoint *c = tuned ? of->tuned : of->base;
    uint32_t heads, kv_heads;

    if (!c) {
        json_null(w, key);
        return;
    }
    json_begin_object(w, key, false);
    json_string(w, "path", c->source->path);
    json_string(w, "format", c->source->format);
    json_string(w, "architecture", c->arch->name);
    json_count(w, "tensors", comparison_tensors(of, tuned));
    json_count(w, "parameters", comparison_parameters(of, tuned));
    json_count(w, "bytes", c->source->bytes);
    json_count(w, "blocks", c->n_blocks);
    heads = checkpoint_heads(c, &kv_heads);
    write_known(w, "heads", heads);
    write_known(w, "kv_heads", kv_heads);
    write_adapter(w, c->source->applied);
    write_strings(w, "warnings", c->source->warnings);
    json_end_object(w);
}

static const char *entry_name(const struct comparison *c, uint32_t entry)
{
    return comparison_tensor(c, entry)->name;
}

static void write_names(struct json_writer *w, const char *key, const struct comparison *c,
                        enum pair_state state)
{
    json_begin_list(w, key, false);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (c->pairing.entries[i].state == state)
            json_string(w, NULL, entry_name(c, i));
    json_end_list(w);
}

static void write_different(struct json_writer *w, const struct comparison *c)
{
    json_begin_list(w, "different", false);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct pair_entry *e = &c->pairing.entries[i];

        if (!e->reason)
            continue;
        json_begin_object(w, NULL, true);
        json_string(w, "base", checkpoint_tensor(c->base, e->base)->name);
        json_string(w, "tuned", tensor_stored_name(checkpoint_tensor(c->tuned, e->tuned)));
        json_string(w, "reason", e->reason);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_rules(struct json_writer *w, const struct comparison *c)
{
    json_begin_list(w, "rules", false);
    for (const struct pair_rule *r = pair_rules; r->name; r++) {
        uint32_t n = pairing_rule_count(&c->pairing, r);

        if (n == 0)
            continue;
        json_begin_object(w, NULL, true);
        json_string(w, "rule", r->name);
        json_count(w, "count", n);
        json_string(w, "help", r->help);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_proposals(struct json_writer *w, const struct comparison *c)
{
    GArray *proposals = proposals_find(c);

    json_begin_list(w, "proposals", false);
    for (guint i = 0; i < proposals->len; i++) {
        const struct proposal *p = &g_array_index(proposals, struct proposal, i);

        json_begin_object(w, NULL, true);
        json_string(w, "base", proposal_base_name(c, p));
        json_string(w, "tuned", proposal_tuned_name(c, p));
        json_double(w, "score", p->score);
        json_string(w, "how", pair_how_name(p->how));
        json_string(w, "why", p->why);
        json_end_object(w);
    }
    json_end_list(w);
    proposals_free(proposals);
}

static void write_pairing(struct json_writer *w, const struct comparison *c)
{
    json_begin_object(w, "pairing", false);
    json_count(w, "paired", c->pairing.n_matched);
    write_names(w, "base_only", c, PAIR_BASE_ONLY);
    write_names(w, "tuned_only", c, PAIR_TUNED_ONLY);
    write_different(w, c);
    write_rules(w, c);
    write_proposals(w, c);
    json_end_object(w);
}

/* Norms of a side that does not exist are null, not 0. */
static void write_rollup(struct json_writer *w, const struct comparison *c, const struct rollup *r)
{
    bool pair = c->tuned != NULL;

    json_count(w, "parameters", r->parameters);
    json_double(w, "base_l2", r->base_l2);
    json_double(w, "tuned_l2", pair ? r->tuned_l2 : NAN);
    json_double(w, "delta_l2", pair ? r->delta_l2 : NAN);
    json_double(w, "relative", rollup_relative(r));
    json_double(w, "floor", rollup_floor(r));
    json_double(w, "mean_of_relatives", rollup_mean_of_relatives(r));
    json_double(w, "mean_of_floors", rollup_mean_of_floors(r));
    json_count(w, "base_zero_matrices", r->n_base_zero);
    json_count(w, "all_parameters", r->all_parameters);
    json_double(w, "all_base_l2", r->all_base_l2);
    json_double(w, "all_tuned_l2", pair ? r->all_tuned_l2 : NAN);
    json_double(w, "all_delta_l2", pair ? r->all_delta_l2 : NAN);
    json_double(w, "relative_all", rollup_relative_all(r));
    json_double(w, "floor_all", rollup_floor_all(r));
}

static void write_model(struct json_writer *w, const struct comparison *c)
{
    struct rollup r;

    comparison_model_rollup(c, &r);
    json_begin_object(w, "model", false);
    write_rollup(w, c, &r);
    json_end_object(w);
    json_begin_list(w, "blocks", false);
    for (uint32_t block = 0; block < comparison_blocks(c); block++) {
        if (!report_block_rollup(c, block, &r))
            continue;
        json_begin_object(w, NULL, false);
        json_count(w, "block", block);
        write_rollup(w, c, &r);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_head_part(struct json_writer *w, enum head_part part, const struct head_norms *n)
{
    if (!n->known) {
        json_null(w, head_part_name(part));
        return;
    }
    json_begin_object(w, head_part_name(part), true);
    json_double(w, "base_l2", n->base_l2);
    json_double(w, "tuned_l2", n->tuned_l2);
    json_double(w, "delta_l2", n->delta_l2);
    json_double(w, "relative", head_part_relative(n));
    json_double(w, "floor", n->floor);
    json_end_object(w);
}

static void write_head(struct json_writer *w, const struct attention *a, const struct head *h)
{
    json_begin_object(w, NULL, false);
    if (a->block >= 0)
        json_count(w, "block", (guint64)a->block);
    else
        json_null(w, "block");
    json_string(w, "layer", a->name);
    json_count(w, "head", h->head);
    json_count(w, "kv_head", h->kv_head);
    json_double(w, "relative", h->relative);
    json_double(w, "floor", h->floor);
    for (unsigned part = 0; part < HEAD_PARTS; part++)
        write_head_part(w, (enum head_part)part, &h->part[part]);
    json_end_object(w);
}

static void write_heads(struct json_writer *w, const struct comparison *c)
{
    struct head h;

    json_begin_list(w, "heads", false);
    for (uint32_t a = 0; a < c->attentions.n; a++)
        for (uint32_t head = 0; head < c->attentions.items[a].heads; head++) {
            head_of(c, a, head, &h);
            write_head(w, &c->attentions.items[a], &h);
        }
    json_end_list(w);
}

/* 64-bit integers in their own type: a double would round them. */
static void write_extreme(struct json_writer *w, const char *key, const struct report_side *s,
                          double value, int64_t exact)
{
    if (!s->stats->has_exact)
        json_double(w, key, value);
    else if (dtype_info(s->tensor->dtype)->is_signed)
        json_integer(w, key, exact);
    else
        json_count(w, key, (uint64_t)exact);
}

static void write_shape(struct json_writer *w, const struct tensor *t)
{
    unsigned rank;
    const uint64_t *dim = tensor_stored_shape(t, &rank);

    json_begin_list(w, "shape", true);
    for (unsigned i = 0; i < rank; i++)
        json_count(w, NULL, dim[i]);
    json_end_list(w);
}

static void write_statistics(struct json_writer *w, const struct report_side *side)
{
    const struct stats *s = side->stats;

    json_double(w, "l1", stats_l1(s));
    json_double(w, "l2", stats_l2(s));
    json_double(w, "rms", stats_rms(s));
    json_double(w, "mean", stats_mean(s));
    json_double(w, "std", stats_std(s));
    write_extreme(w, "min", side, s->min, s->exact_min);
    write_extreme(w, "max", side, s->max, s->exact_max);
    json_double(w, "max_abs", stats_max_abs(s));
    json_double(w, "skewness", stats_skewness(s));
    json_double(w, "kurtosis", stats_kurtosis(s));
    json_count(w, "zeros", s->zeros);
    json_count(w, "nan", s->nan);
    json_count(w, "inf", s->inf);
    json_begin_object(w, "quantiles", true);
    for (unsigned i = 0; i < EXACT_QUANTILES; i++)
        json_double(w, quantile_names[i], side->quantiles[i]);
    json_end_object(w);
    json_double(w, "quantile_error", side->quantile_error);
}

/* The keys stay, so that a script need not ask which are there. */
static void write_no_statistics(struct json_writer *w)
{
    static const char *const keys[] = {"l1",       "l2",       "rms",   "mean", "std",
                                       "min",      "max",      "max_abs", "skewness", "kurtosis",
                                       "zeros",    "nan",      "inf",   "quantiles",
                                       "quantile_error"};

    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        json_null(w, keys[i]);
}

static void write_side(struct json_writer *w, const char *key, const struct report_input *in,
                       uint32_t entry, bool tuned)
{
    struct report_side side;

    report_side_of(in, entry, tuned, &side);
    if (!side.tensor) {
        json_null(w, key);
        return;
    }
    json_begin_object(w, key, false);
    json_string(w, "path", side.tensor->path);
    json_string(w, "name", tensor_stored_name(side.tensor));
    json_string(w, "shown_as", side.tensor->origin ? side.tensor->origin->what : NULL);
    write_shape(w, side.tensor);
    json_string(w, "dtype", dtype_info(side.tensor->dtype)->name);
    json_count(w, "count", side.tensor->elems);
    if (side.stats)
        write_statistics(w, &side);
    else
        write_no_statistics(w);
    json_end_object(w);
}

static double metric_of_entry(const char *name, const struct scan_result *r)
{
    return metric_find(name)->of_entry(r);
}

static void write_delta(struct json_writer *w, const struct comparison *c, uint32_t entry)
{
    const struct scan_result *r = &c->summary.entries[entry].result;
    const struct stats *d = &r->stats.delta;

    if (c->summary.entries[entry].state != ENTRY_DONE || !r->has_delta) {
        json_null(w, "delta");
        return;
    }
    json_begin_object(w, "delta", false);
    json_double(w, "l1", stats_l1(d));
    json_double(w, "l2", stats_l2(d));
    json_double(w, "max_abs", stats_max_abs(d));
    json_double(w, "mean", stats_mean(d));
    json_double(w, "std", stats_std(d));
    json_double(w, "relative", pair_relative(&r->stats));
    json_double(w, "cosine_distance", pair_cosine_distance(&r->stats));
    json_double(w, "radial", pair_radial(&r->stats));
    json_double(w, "tangential", pair_tangential(&r->stats));
    json_double(w, "decay", pair_decay(&r->stats));
    json_count(w, "unchanged", r->stats.unchanged);
    json_count(w, "sign_flips", r->stats.sign_flips);
    json_double(w, "wasserstein", sketch_wasserstein(&r->base, &r->tuned));
    json_double(w, "ks", sketch_ks(&r->base, &r->tuned));
    json_double(w, "js", sketch_js(&r->base, &r->tuned));
    json_double(w, "energy_top_1_percent", sketch_energy_share(&r->delta, 0.01));
    json_double(w, "energy_top_20_percent", sketch_energy_share(&r->delta, 0.2));
    json_double(w, "beyond_3_rms", metric_of_entry("tails", r));
    json_double(w, "relative_l1", metric_of_entry("rel_l1", r));
    json_double(w, "sigma", metric_of_entry("sigma", r));
    json_double(w, "floor", comparison_floor(c, entry));
    json_end_object(w);
}

/* Other names of its storage, and of the copies that were merged into it. */
static void write_aliases(struct json_writer *w, const struct comparison *c, uint32_t entry)
{
    json_begin_list(w, "aliases", true);
    for (uint32_t i = entry; i != PAIR_NONE; i = comparison_next_copy(c, i)) {
        const struct tensor *t = comparison_tensor(c, i);

        if (i != entry)
            json_string(w, NULL, t->name);
        for (size_t k = 0; t->aliases[k]; k++)
            json_string(w, NULL, t->aliases[k]);
    }
    json_end_list(w);
    json_begin_list(w, "copies", true);
    for (uint32_t i = entry; (i = comparison_next_copy(c, i)) != PAIR_NONE;)
        json_string(w, NULL, comparison_tensor(c, i)->name);
    json_end_list(w);
}

static void write_tensor(struct json_writer *w, const struct report_input *in, uint32_t entry)
{
    const struct comparison *c = in->comparison;
    const struct tensor *t = comparison_tensor(c, entry);
    const struct place *place = comparison_place(c, entry);

    json_begin_object(w, NULL, false);
    json_string(w, "name", t->name);
    if (place->block >= 0)
        json_count(w, "block", (guint64)place->block);
    else
        json_null(w, "block");
    json_string(w, "role", role_info(place->role)->name);
    json_string(w, "kind", tensor_kind_name(t->kind));
    json_string(w, "note", t->note);
    write_aliases(w, c, entry);
    write_side(w, "base", in, entry, false);
    write_side(w, "tuned", in, entry, true);
    write_delta(w, c, entry);
    report_gates_json(w, c, entry);
    if (in->spectra)
        report_spectrum_json(w, c, entry);
    json_string(w, "error", c->summary.entries[entry].error);
    json_end_object(w);
}

static void write_skipped(struct json_writer *w, const struct checkpoint *c, const char *file)
{
    for (uint32_t i = 0; c && i < c->source->n_skipped; i++) {
        json_begin_object(w, NULL, true);
        json_string(w, "path", c->source->skipped[i].path);
        json_string(w, "reason", c->source->skipped[i].reason);
        json_string(w, "file", file);
        json_end_object(w);
    }
}

static void write_finding(struct json_writer *w, const struct finding *f)
{
    json_begin_object(w, NULL, false);
    json_string(w, "id", f->rule->id);
    json_string(w, "severity", severity_name(f->severity));
    json_string(w, "where", f->where);
    json_string(w, "what", f->what);
    json_begin_object(w, "evidence", true);
    for (unsigned i = 0; i < f->n_evidence; i++)
        json_double(w, f->evidence[i].name, f->evidence[i].value);
    json_end_object(w);
    json_string(w, "meaning", f->rule->meaning);
    json_string(w, "advice", f->rule->advice);
    json_end_object(w);
}

static void write_report(const struct report_input *in, FILE *out)
{
    const struct comparison *c = in->comparison;
    struct json_writer w;

    json_writer_init(&w, out);
    json_begin_object(&w, NULL, false);
    json_count(&w, "report", 1);
    json_string(&w, "version", TARE_VERSION);
    write_file(&w, "base", c, false);
    write_file(&w, "tuned", c, true);
    write_pairing(&w, c);
    write_model(&w, c);
    write_heads(&w, c);
    report_neurons_json(&w, c);
    report_vocabulary_json(&w, in);
    json_begin_list(&w, "tensors", false);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (comparison_copy_of(c, i) == PAIR_NONE)
            write_tensor(&w, in, i);
    json_end_list(&w);
    json_begin_list(&w, "skipped", false);
    write_skipped(&w, c->base, "base");
    write_skipped(&w, c->tuned, "tuned");
    json_end_list(&w);
    report_json_depth(&w, c);
    if (in->behaviour)
        report_behaviour_json(&w, in->behaviour);
    report_activity_json(&w, c->activity, in->remarks);
    json_begin_list(&w, "findings", false);
    for (guint i = 0; i < in->findings->len; i++)
        write_finding(&w, &g_array_index(in->findings, struct finding, i));
    json_end_list(&w);
    json_end_object(&w);
}

const struct report_form report_json = {
    .name = "json", .help = "every fact, for scripts", .write = write_report};
