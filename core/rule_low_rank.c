/* Deltas that a few directions hold: LoRA merged into the weights looks like that. */
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_LOW_RANK_ENERGY, THRESHOLD_LOW_RANK_SHARE,
                                            THRESHOLD_COUNT};

struct tally {
    uint32_t n, of, first, bound; /* bound: the largest of them */
};

static void add_entry(const struct comparison *c, uint32_t entry, struct tally *t)
{
    const struct spectrum *s = comparison_known_spectrum(c, entry, NULL);
    uint32_t bound;

    if (!s || !s->rank_99)
        return;
    t->of++;
    bound = spectrum_low_rank(s, c->thresholds.value[THRESHOLD_LOW_RANK_ENERGY],
                              c->thresholds.value[THRESHOLD_LOW_RANK_SHARE]);
    if (!bound)
        return;
    if (!t->n++)
        t->first = entry;
    t->bound = MAX(t->bound, bound);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct tally t = {.first = PAIR_NONE};
    struct finding *f;

    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        add_entry(c, i, &t);
    if (!t.n)
        return;
    f = finding_add(out, rule, SEVERITY_INFO, "model", t.first);
    f->what = g_strdup_printf("the delta of %u of the %u matri%s with a spectrum looks like rank "
                              "<= %u, %s%s",
                              t.n, t.of, t.of == 1 ? "x" : "ces", t.bound,
                              t.n == 1 ? "" : "the first ", comparison_tensor(c, t.first)->name);
    finding_evidence(f, "matrices", t.n);
    finding_evidence(f, "matrices_with_spectrum", t.of);
    finding_evidence(f, "rank_at_most", t.bound);
    finding_threshold(f, c, THRESHOLD_LOW_RANK_ENERGY);
    finding_threshold(f, c, THRESHOLD_LOW_RANK_SHARE);
}

const struct rule rule_low_rank = {
    .id = "low_rank",
    .title = "deltas of low rank",
    .meaning = "a few directions hold the whole change, as a merged LoRA adapter or a very short "
               "fine-tune makes it; a full fine-tune usually spreads over 10 to 100 times as many",
    .advice = "if it was a full fine-tune, check that gradients reached all of the matrix; look at "
              "the intruder dimensions of these matrices, which go with forgetting",
    .limits = "only matrices whose spectrum was computed are judged; rounding to a narrow type "
              "adds directions of its own",
    .thresholds = thresholds,
    .source = "99 % of |delta|^2 in at most 1/8 of the directions, defaults; Biderman et al. 2024, "
              "Shuttleworth et al. 2025",
    .check = check,
};
