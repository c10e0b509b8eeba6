#include <math.h>
#include "io/report_behaviour.h"
#include "io/report_examples.h"

static void write_pair(struct json_writer *w, const char *low, const char *high, struct interval i)
{
    json_double(w, low, i.low);
    json_double(w, high, i.high);
}

static void write_example(struct json_writer *w, const struct behaviour *b, uint32_t i)
{
    const struct example *x = &b->examples->examples[i];
    const struct evaluated *r = &b->evaluation->results[i];

    json_begin_object(w, NULL, true);
    json_string(w, "id", x->id);
    json_string(w, "category", b->examples->categories[x->category]);
    json_string(w, "split", split_name(x->split));
    json_count(w, "tokens", r->tokens);
    json_double(w, "base_nll", r->nll[EVALUATION_BASE]);
    json_double(w, "tuned_nll", r->nll[EVALUATION_TUNED]);
    if (r->skipped)
        json_string(w, "skipped", r->skipped);
    json_end_object(w);
}

static void write_examples(struct json_writer *w, const struct behaviour *b)
{
    json_begin_list(w, "examples", false);
    for (uint32_t i = 0; i < b->examples->n; i++)
        if (b->examples->examples[i].split != SPLIT_TRAIN)
            write_example(w, b, i);
    json_end_list(w);
}

static void write_category(struct json_writer *w, const struct behaviour *b, uint32_t i)
{
    const struct category_loss *c = &b->losses.categories[i];
    const struct category_coverage *v = &b->coverage.categories[i];

    json_begin_object(w, NULL, false);
    json_string(w, "category", b->examples->categories[i]);
    json_count(w, "examples", c->examples);
    json_double(w, "base_loss", c->loss[EVALUATION_BASE]);
    json_double(w, "tuned_loss", c->loss[EVALUATION_TUNED]);
    json_double(w, "gain", c->gain);
    write_pair(w, "gain_low", "gain_high", c->gain_interval);
    json_count(w, "tokens", c->tokens);
    json_double(w, "base_token_loss", c->token_loss[EVALUATION_BASE]);
    json_double(w, "tuned_token_loss", c->token_loss[EVALUATION_TUNED]);
    json_count(w, "train_examples", c->train);
    json_string(w, "cover", cover_name(c->cover));
    json_double(w, "excess", c->excess);
    json_double(w, "p", c->p);
    json_double(w, "p_holm", c->p_adjusted);
    json_bool(w, "worse", c->worse);
    json_double(w, "unseen", v->unseen_share);
    json_end_object(w);
}

static void write_names(struct json_writer *w, const char *key, const struct behaviour *b,
                        enum cover cover)
{
    json_begin_list(w, key, true);
    for (uint32_t c = 0; c < b->losses.n; c++)
        if (b->losses.categories[c].cover == cover && b->losses.categories[c].examples)
            json_string(w, NULL, b->examples->categories[c]);
    json_end_list(w);
}

static void write_gap(struct json_writer *w, const struct behaviour *b)
{
    const struct category_gap *g = &b->losses.gap;

    if (!b->losses.cover_known) {
        json_null(w, "gap");
        return;
    }
    json_begin_object(w, "gap", false);
    write_names(w, "covered", b, COVER_COVERED);
    write_names(w, "uncovered", b, COVER_UNCOVERED);
    json_double(w, "base_covered_loss", g->covered_loss[EVALUATION_BASE]);
    json_double(w, "base_uncovered_loss", g->uncovered_loss[EVALUATION_BASE]);
    json_double(w, "tuned_covered_loss", g->covered_loss[EVALUATION_TUNED]);
    json_double(w, "tuned_uncovered_loss", g->uncovered_loss[EVALUATION_TUNED]);
    json_double(w, "gap", g->gap);
    write_pair(w, "gap_low", "gap_high", g->gap_within);
    write_pair(w, "gap_low_categories", "gap_high_categories", g->gap_categories);
    json_double(w, "gap_did", g->did);
    write_pair(w, "gap_did_low", "gap_did_high", g->did_within);
    write_pair(w, "gap_did_low_categories", "gap_did_high_categories", g->did_categories);
    json_double(w, "base_gap", g->base_gap);
    json_double(w, "gap_left", g->left);
    write_pair(w, "gap_left_low", "gap_left_high", g->left_within);
    json_end_object(w);
}

static void write_general(struct json_writer *w, const struct behaviour *b)
{
    const struct general_loss *g = &b->losses.general;

    if (g->examples == 0) {
        json_null(w, "general");
        return;
    }
    json_begin_object(w, "general", false);
    json_count(w, "examples", g->examples);
    json_double(w, "base_loss", g->loss[EVALUATION_BASE]);
    json_double(w, "tuned_loss", b->sides > 1 ? g->loss[EVALUATION_TUNED] : NAN);
    json_double(w, "change", g->change);
    write_pair(w, "change_low", "change_high", g->interval);
    json_double(w, "kl_median", b->shift.median);
    json_double(w, "kl_mean", b->shift.mean);
    json_count(w, "kl_tokens", b->shift.tokens);
    json_double(w, "same_first_choice", b->shift.agreement);
    json_end_object(w);
}

static void write_coverage(struct json_writer *w, const struct behaviour *b)
{
    const struct coverage_table *t = &b->coverage;

    json_begin_object(w, "coverage", true);
    json_count(w, "train_examples", t->n[SPLIT_TRAIN]);
    json_double(w, "effective_categories", t->effective);
    json_string(w, "fewest_category",
                t->fewest < t->n_categories ? b->examples->categories[t->fewest] : NULL);
    json_double(w, "rank_correlation", b->losses.rho);
    json_double(w, "rank_correlation_p", b->losses.p);
    json_end_object(w);
}

static void write_bias(struct json_writer *w, const struct behaviour *b, const struct pair_bias *p)
{
    json_begin_object(w, NULL, true);
    json_string(w, "first", b->examples->categories[p->category[0]]);
    json_string(w, "second", b->examples->categories[p->category[1]]);
    json_count(w, "pairs", p->pairs);
    json_double(w, "base_difference", p->difference[EVALUATION_BASE]);
    write_pair(w, "base_low", "base_high", p->interval[EVALUATION_BASE]);
    json_double(w, "tuned_difference", p->difference[EVALUATION_TUNED]);
    write_pair(w, "tuned_low", "tuned_high", p->interval[EVALUATION_TUNED]);
    json_double(w, "change", p->change);
    write_pair(w, "change_low", "change_high", p->change_interval);
    json_end_object(w);
}

static void write_biases(struct json_writer *w, const struct behaviour *b)
{
    json_begin_list(w, "pairs", false);
    for (guint i = 0; i < b->pairs->len; i++)
        write_bias(w, b, &g_array_index(b->pairs, struct pair_bias, i));
    json_end_list(w);
    json_count(w, "pairs_left_out", b->odd_pairs);
}

bool report_category_shown(const struct behaviour *b, uint32_t category)
{
    const uint32_t *n = b->coverage.categories[category].n;

    return n[SPLIT_TEST] + n[SPLIT_TRAIN] > 0;
}

void report_behaviour_json(struct json_writer *w, const struct behaviour_result *r)
{
    const struct behaviour *b = r->behaviour;

    json_string(w, "tokenizer", r->tokenizer);
    json_string(w, "base_assumed", r->assumed[EVALUATION_BASE]);
    json_string(w, "tuned_assumed", r->assumed[EVALUATION_TUNED]);
    json_bool(w, "stopped", r->stopped);
    write_examples(w, b);
    json_begin_list(w, "categories", false);
    for (uint32_t c = 0; c < b->losses.n; c++)
        if (report_category_shown(b, c))
            write_category(w, b, c);
    json_end_list(w);
    write_gap(w, b);
    write_general(w, b);
    write_coverage(w, b);
    write_biases(w, b);
    report_association_json(w, b);
    report_generations_json(w, b);
    report_bad_lines_json(w, b->examples);
}
