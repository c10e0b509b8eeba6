/* What a fine-tune is told, and what of it makes sense. */
#include <math.h>

#include "core/error.h"
#include "core/train/training_internal.h"

void training_options_init(struct training_options *o)
{
    *o = (struct training_options){.learning_rate = 1e-4,
                                   .weight_decay = 0.01,
                                   .clip = 1,
                                   .optimizer = optimizer_find("adamw"),
                                   .numbers = {0.9, 0.999, 1e-8, 0.9},
                                   .schedule = schedule_find("cosine"),
                                   .steps = 1000,
                                   .warmup = 50,
                                   .batch = 4,
                                   .layer_decay = 1,
                                   .lora_rank = 8,
                                   .lora_alpha = 16,
                                   .seed = 1};
}

gboolean training_options_check(const struct training_options *o, GError **error)
{
    const struct optimizer_numbers *n = &o->numbers;
    const char *wrong = NULL;

    if (!(o->learning_rate >= 0 && o->learning_rate <= 1e3))
        wrong = "the learning rate is a number from 0 to 1000";
    else if (!(o->weight_decay >= 0 && o->weight_decay <= 1e3))
        wrong = "the weight decay is a number from 0 to 1000";
    else if (!(o->clip >= 0 && isfinite(o->clip)))
        wrong = "clipping is to a norm above 0, or 0 for none";
    else if (!(n->beta_1 >= 0 && n->beta_1 < 1 && n->beta_2 >= 0 && n->beta_2 < 1))
        wrong = "betas are from 0 to below 1";
    else if (!(n->epsilon >= 0 && n->epsilon < 1))
        wrong = "epsilon is from 0 to below 1";
    else if (!(n->momentum >= 0 && n->momentum < 1))
        wrong = "the momentum is from 0 to below 1";
    else if (!(o->final_rate >= 0 && o->final_rate <= 1))
        wrong = "the schedule's end is a share of the learning rate, 0 to 1";
    else if (o->steps == 0 || o->steps > UINT32_MAX)
        wrong = "a run has at least one step, and at most 4294967295";
    else if (o->warmup > o->steps)
        wrong = "the warm-up is no longer than the run";
    else if (o->batch == 0 || o->batch > 65536)
        wrong = "a batch has 1 to 65536 examples";
    else if (!(o->layer_decay > 0 && o->layer_decay <= 1))
        wrong = "the layers' decay is above 0 and at most 1";
    else if (o->lora && (o->lora_rank == 0 || o->lora_rank > 4096))
        wrong = "an adapter's rank is 1 to 4096";
    else if (o->lora && !(o->lora_alpha > 0 && isfinite(o->lora_alpha)))
        wrong = "an adapter's alpha is above 0";
    if (wrong)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, wrong);
    return !wrong;
}
