/* Attention heads that the training turned into sinks: all on the first token, at the cost of what
 * they looked at before. */
#include <math.h>
#include "core/activity.h"
#include "core/rule.h"

#define FEWEST 100 /* attention rows, for a mean to be one */
#define MOST 8     /* findings, the largest ones */

static const enum threshold thresholds[] = {THRESHOLD_SINK_FIRST, THRESHOLD_SINK_RISE,
                                            THRESHOLD_COUNT};

struct sunk {
    uint32_t block, head;
    struct activity_head numbers;
};

static double rise_of(const struct activity_head *h)
{
    return h->first[ACTIVITY_TUNED] - h->first[ACTIVITY_BASE];
}

static int by_rise(const void *a, const void *b)
{
    double x = rise_of(&((const struct sunk *)a)->numbers);
    double y = rise_of(&((const struct sunk *)b)->numbers);

    return (x < y) - (x > y);
}

static void report(const struct rule *rule, const struct comparison *c, const struct sunk *s,
                   GArray *out)
{
    char *where = g_strdup_printf("L%u.h%u", s->block, s->head);
    struct finding *f = finding_add(out, rule, SEVERITY_WARNING, where, PAIR_NONE);
    const struct activity_head *h = &s->numbers;

    f->what = g_strdup_printf("attention on the first token %.2f, before %.2f; entropy %.2f, "
                              "before %.2f",
                              h->first[ACTIVITY_TUNED], h->first[ACTIVITY_BASE],
                              h->entropy[ACTIVITY_TUNED], h->entropy[ACTIVITY_BASE]);
    finding_evidence(f, "block", s->block);
    finding_evidence(f, "head", s->head);
    finding_evidence(f, "base_first", h->first[ACTIVITY_BASE]);
    finding_evidence(f, "tuned_first", h->first[ACTIVITY_TUNED]);
    finding_evidence(f, "base_entropy", h->entropy[ACTIVITY_BASE]);
    finding_evidence(f, "tuned_entropy", h->entropy[ACTIVITY_TUNED]);
    finding_evidence(f, "attention_shift", h->shift);
    finding_evidence(f, "queries", (double)h->queries);
    finding_threshold(f, c, THRESHOLD_SINK_FIRST);
    finding_threshold(f, c, THRESHOLD_SINK_RISE);
    finding_lead(f, "attention", (int32_t)s->block, (int32_t)s->head);
    finding_flow(f, activity_find(c->activity, ACTIVITY_HEADS, (int32_t)s->block), UINT32_MAX);
    g_free(where);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const double *limit = c->thresholds.value;
    const struct activity *a = c->activity;
    GArray *sunk;

    if (!a || !a->pair)
        return;
    sunk = g_array_new(FALSE, FALSE, sizeof(struct sunk));
    for (uint32_t i = 0; i < a->blocks * a->heads; i++) {
        struct sunk s = {.block = i / a->heads, .head = i % a->heads};

        activity_head(a, s.block, s.head, ACTIVITY_ALL, &s.numbers);
        if (s.numbers.queries >= FEWEST &&
            s.numbers.first[ACTIVITY_TUNED] >= limit[THRESHOLD_SINK_FIRST] &&
            rise_of(&s.numbers) >= limit[THRESHOLD_SINK_RISE])
            g_array_append_val(sunk, s);
    }
    g_array_sort(sunk, by_rise);
    for (guint i = 0; i < MIN(sunk->len, MOST); i++)
        report(rule, c, &g_array_index(sunk, struct sunk, i), out);
    g_array_free(sunk, TRUE);
}

const struct rule rule_head_sink = {
    .id = "head_sink",
    .title = "heads that became sinks",
    .meaning = "the head now puts nearly all its attention on the first token, where there is "
               "little to read: it stopped doing what it did before on these examples",
    .advice = "look at its attention before and after on a few examples; set its weights back and "
              "compare losses; a lower learning rate for attention keeps heads in place",
    .source = "mean attention on the first token, before and after; sinks: Xiao et al. 2024, Gu et "
              "al. 2025",
    .limits = "sinks are normal in trained transformers, the change is not; a head can do its work "
              "on tokens that these examples lack; at most eight are named",
    .thresholds = thresholds,
    .check = check,
};
