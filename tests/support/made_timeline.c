#include "tests/support/made_timeline.h"

#include <math.h>
#include "core/random.h"

#define RATE 1e-4

static const char *const names[MADE_CATEGORIES] = {"greeting", "refund", "size", "returns"};
static const bool uncovered[MADE_CATEGORIES] = {false, false, false, true};

/* In -1 .. 1, the same for the same step. */
static double noise(uint64_t step, uint64_t what)
{
    uint64_t seed = step * 7919 + what * 104729 + 1;

    return 2 * random_unit(&seed) - 1;
}

static double rate_at(uint64_t step, uint64_t steps)
{
    double warmup = (double)steps * 0.05;

    if ((double)step < warmup)
        return RATE * (double)step / warmup;
    return RATE * (0.5 + 0.5 * cos(G_PI * ((double)step - warmup) / ((double)steps - warmup)));
}

static double loss_at(uint64_t step)
{
    return 1 + 2 * exp(-(double)step / 80);
}

static void add_step(struct timeline *t, uint64_t step, uint64_t steps)
{
    double rate = rate_at(step, steps), update[MADE_BLOCKS + 1];
    struct step_record s = {
        .step = step,
        .learning_rate = rate,
        .weight_decay = 0.01,
        .loss = loss_at(step) + 0.1 * noise(step, 0),
        .smoothed = loss_at(step),
        .gradient_norm = 0.8 * exp(0.2 * noise(step, 1)),
        .tokens_per_second = 1000,
        .staleness = 1.1 + 0.2 * noise(step, 2),
        .staleness_tensor = 0,
        .tokens = 128,
        .targets = 96,
        .nonfinite = UINT32_MAX,
    };

    s.clip = s.gradient_norm > 1 ? 1 / s.gradient_norm : 1;
    for (uint32_t b = 0; b <= MADE_BLOCKS; b++)
        update[b] = rate * (8 + 4.0 * b) * (1 + 0.3 * noise(step, 10 + b));
    timeline_add_step(t, &s, update);
}

static void add_look(struct timeline *t, uint64_t step)
{
    double moved = 0.02 * (1 - exp(-(double)step / 100));
    double relative[MADE_BLOCKS + 1], norm[MADE_BLOCKS + 1], dead[MADE_BLOCKS],
        entropy[MADE_BLOCKS], losses[MADE_CATEGORIES];
    struct look_rows rows = {relative, norm, dead, entropy, losses};
    char *said = g_strdup_printf("Thank you for writing to us, here is answer %" G_GUINT64_FORMAT
                                 " and how we go on with it from now.",
                                 step);
    struct look_record l = {.step = step,
                            .train = step ? loss_at(step) : NAN,
                            .general = 3 + 0.01 * moved,
                            .general_low = -0.01,
                            .general_high = 0.02,
                            .gap_did = 0,
                            .gap_did_low = -0.05,
                            .gap_did_high = 0.05,
                            .dead = 3,
                            .continuation = said};

    for (uint32_t b = 0; b <= MADE_BLOCKS; b++) {
        relative[b] = moved * (0.5 + 0.1 * b);
        norm[b] = 1 + 0.1 * relative[b];
    }
    for (uint32_t b = 0; b < MADE_BLOCKS; b++) {
        dead[b] = b == 1 ? 3 : 0;
        entropy[b] = 2 - 5 * relative[b];
    }
    for (uint32_t k = 0; k < MADE_CATEGORIES; k++) {
        losses[k] = loss_at(step) + 0.1 * k + 0.02;
        l.held_out += losses[k] / MADE_CATEGORIES;
    }
    timeline_add_look(t, &l, &rows);
    g_free(said);
}

struct timeline *made_timeline(uint64_t steps)
{
    struct timeline *t = timeline_create(MADE_BLOCKS, names, uncovered, MADE_CATEGORIES);

    timeline_add_event(t, EVENT_STARTED, 0, NAN, NULL);
    add_look(t, 0);
    for (uint64_t i = 1; i <= steps; i++) {
        add_step(t, i, steps);
        if (i % MADE_LOOKS == 0 || i == steps)
            add_look(t, i);
    }
    return t;
}

struct step_record *made_step(struct timeline *t, uint64_t step)
{
    return &g_array_index(t->steps, struct step_record, step - 1);
}

struct look_record *made_look(struct timeline *t, guint look)
{
    return &g_array_index(t->looks, struct look_record, look);
}

double *made_update(struct timeline *t, uint64_t step, uint32_t block)
{
    return &g_array_index(t->update, double, (step - 1) * (MADE_BLOCKS + 1) + block);
}

double *made_number(GArray *a, guint look, uint32_t width, uint32_t block)
{
    return &g_array_index(a, double, look *width + block);
}
