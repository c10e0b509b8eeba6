/* What looking costs: processor time of a pair of forward passes, of GPT-2's and SmolLM2's shapes
 * with made-up weights, without probes and with them, one after the other in the same run; and what
 * is held meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "core/activity.h"
#include "core/random.h"
#include "tests/bench/made_model.h"

enum { SEQUENCES = 4, LONG = 64, RUNS = 3, CATEGORIES = 12, VOCABULARY = 4096 };

static const struct shape {
    const char *name;
    const struct net_spec *spec;
} shapes[] = {{"GPT-2 124M", &made_gpt2}, {"SmolLM2 135M", &made_smollm2}};

static uint32_t ids[SEQUENCES * LONG];

static struct activity *activity_for(const struct net_spec *s, bool attention)
{
    static const char *const names[CATEGORIES] = {"0", "1", "2", "3", "4",  "5",
                                                  "6", "7", "8", "9", "10", "11"};
    struct activity_options o = {.categories = names,
                                 .n_categories = CATEGORIES,
                                 .pair = true,
                                 .first_apart = true,
                                 .attention = attention};

    return activity_create(s, &o, NULL);
}

/* Processor seconds of both passes, all threads together: other work on the machine matters less
 * than to the clock on the wall. a NULL: none looks. */
static double seconds(struct net *net, struct activity *a)
{
    struct net_sequence sequences[SEQUENCES];
    struct activity_sequence said[SEQUENCES];
    struct net_batch batch = {.sequences = sequences, .n = SEQUENCES};
    clock_t from = clock();

    for (uint32_t i = 0; i < SEQUENCES; i++) {
        sequences[i] = (struct net_sequence){ids + i * LONG, LONG, LONG};
        said[i] = (struct activity_sequence){i, i % CATEGORIES, LONG, 0};
    }
    if (a)
        activity_batch(a, said, SEQUENCES);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        struct net_probe probe = a ? activity_probe(a, side) : (struct net_probe){0, NULL, NULL};

        if (!net_forward(net, &batch, a ? &probe : NULL, NULL, NULL))
            exit(1);
    }
    return (double)(clock() - from) / CLOCKS_PER_SEC;
}

int main(void)
{
    uint64_t seed = 3;

    for (uint32_t i = 0; i < SEQUENCES * LONG; i++)
        ids[i] = random_below(&seed, VOCABULARY);
    for (gsize k = 0; k < G_N_ELEMENTS(shapes); k++) {
        struct net_spec spec = *shapes[k].spec;
        struct activity *rows, *all;
        double best[3] = {1e9, 1e9, 1e9};
        struct net_weights w;
        struct net *net;

        spec.vocabulary = VOCABULARY;
        rows = activity_for(&spec, false);
        all = activity_for(&spec, true);
        w = made_model(&spec, DTYPE_F32);
        net = net_create(&w, 0, NULL);
        if (!net)
            return 1;
        for (int run = 0; run < RUNS; run++) {
            best[0] = MIN(best[0], seconds(net, NULL));
            best[1] = MIN(best[1], seconds(net, rows));
            best[2] = MIN(best[2], seconds(net, all));
        }
        printf("%-13s bare %.2f ms a token   rows %.2f more   rows and attention %.2f more\n",
               shapes[k].name, best[0] * 1e3 / (2 * SEQUENCES * LONG), best[1] / best[0] - 1,
               best[2] / best[0] - 1);
        printf("%-13s a batch of %d holds %.0f MB, the sums of %d categories %.0f MB\n", "",
               SEQUENCES * LONG, (double)activity_batch_bytes(all, SEQUENCES * LONG, LONG) / 1e6,
               CATEGORIES, (double)activity_bytes(all) / 1e6);
        net_destroy(net);
        activity_destroy(rows);
        activity_destroy(all);
    }
    return 0;
}
