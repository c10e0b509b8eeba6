#include "io/csv_write.h"
#include "io/report_behaviour.h"

static void write_example(FILE *out, const struct behaviour *b, uint32_t i)
{
    const struct example *x = &b->examples->examples[i];
    const struct evaluated *r = &b->evaluation->results[i];

    csv_text(out, x->id);
    fputc(',', out);
    csv_text(out, b->examples->categories[x->category]);
    fprintf(out, ",%s,%u", split_name(x->split), r->tokens);
    csv_number(out, r->nll[EVALUATION_BASE]);
    csv_number(out, r->nll[EVALUATION_TUNED]);
    fputc(',', out);
    if (r->skipped)
        csv_text(out, r->skipped);
    fputc('\n', out);
}

static void write_category(FILE *out, const struct behaviour *b, uint32_t i)
{
    const struct category_loss *c = &b->losses.categories[i];

    csv_text(out, b->examples->categories[i]);
    fprintf(out, ",%u,%u,%s", c->train, c->examples, cover_name(c->cover));
    csv_number(out, c->loss[EVALUATION_BASE]);
    csv_number(out, c->loss[EVALUATION_TUNED]);
    csv_number(out, c->gain);
    csv_number(out, c->gain_interval.low);
    csv_number(out, c->gain_interval.high);
    csv_number(out, c->excess);
    csv_number(out, c->p_adjusted);
    csv_number(out, b->coverage.categories[i].unseen_share);
    fputc('\n', out);
}

void report_behaviour_csv(FILE *out, const struct behaviour_result *r)
{
    const struct behaviour *b = r->behaviour;

    fputs("id,category,split,tokens,base_nll,tuned_nll,skipped\n", out);
    for (uint32_t i = 0; i < b->examples->n; i++)
        if (b->examples->examples[i].split != SPLIT_TRAIN)
            write_example(out, b, i);
    fputs("\ncategory,train_examples,examples,cover,base_loss,tuned_loss,gain,gain_low,gain_high,"
          "excess,p_holm,unseen\n",
          out);
    for (uint32_t c = 0; c < b->losses.n; c++)
        if (report_category_shown(b, c))
            write_category(out, b, c);
}
