/* Rows of the embedding that no update touched: words the training never saw. */
#include "core/rule.h"
#include "core/vocabulary.h"

static const enum threshold thresholds[] = {THRESHOLD_UNTOUCHED_SHARE, THRESHOLD_COUNT};

static void report(const struct rule *rule, const struct comparison *c, const struct vocabulary *v,
                   GArray *out)
{
    uint32_t unmoved = v->n[ROW_UNMOVED], decayed = v->n[ROW_DECAYED];
    const char *caveat = vocabulary_caveat_text(v->caveat);
    struct finding *f =
        finding_add(out, rule, SEVERITY_INFO, comparison_tensor(c, v->entry)->name, v->entry);

    f->what = g_strdup_printf("%u of %u token rows untouched, %u of them only decayed%s%s",
                              unmoved + decayed, v->rows, decayed, caveat ? "; " : "",
                              caveat ? caveat : "");
    finding_evidence(f, "rows", v->rows);
    finding_evidence(f, "unmoved", unmoved);
    finding_evidence(f, "decayed", decayed);
    finding_evidence(f, "zero", v->n[ROW_ZERO]);
    finding_threshold(f, c, THRESHOLD_UNTOUCHED_SHARE);
    finding_lead(f, "vocabulary", -1, -1);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    GArray *tables = vocabulary_tables(c);

    for (guint i = 0; i < tables->len; i++) {
        const struct vocabulary *v = &g_array_index(tables, struct vocabulary, i);
        uint32_t untouched = v->n[ROW_UNMOVED] + v->n[ROW_DECAYED];

        /* Of a table that nothing moved, another rule speaks. */
        if (v->head || !vocabulary_is_judged(v) || v->caveat == VOCABULARY_FROZEN || untouched == 0)
            continue;
        if (untouched >= c->thresholds.value[THRESHOLD_UNTOUCHED_SHARE] * v->rows)
            report(rule, c, v, out);
    }
    g_array_free(tables, TRUE);
}

const struct rule rule_untouched = {
    .id = "untouched_vocabulary",
    .title = "words the training never touched",
    .meaning = "a row of an untied input embedding moves when its token is in a batch: rows that "
               "stayed, or only decayed, belong to tokens that the training data never held",
    .advice = "look for the words of your categories among them: a category whose words are "
              "untouched is not covered by the training data",
    .source = "delta of a row exactly 0, or W1 = c W0 up to rounding",
    .limits = "tied tables get a gradient in every row and frozen ones in none: there nothing "
              "follows; a word of several tokens has no row of its own",
    .thresholds = thresholds,
    .check = check,
};
