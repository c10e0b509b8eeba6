#include "core/train/kept.h"

#include "core/train/live_source.h"

struct kept {
    gatomicrefcount refs;
    struct training_state state;
    uint64_t bytes;
};

struct kept *kept_create(const struct training_state *s, GError **error)
{
    struct kept *k = g_new0(struct kept, 1);

    if (!training_state_copy(&k->state, s, error)) {
        g_free(k);
        return NULL;
    }
    g_atomic_ref_count_init(&k->refs);
    k->bytes = k->state.weights.bytes;
    for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++) {
        k->bytes += k->state.moments[m].bytes;
        k->bytes += k->state.factor_moments[m] ? k->state.n_factors * sizeof(float) : 0;
    }
    k->bytes += k->state.n_factors * sizeof(float);
    return k;
}

struct kept *kept_ref(struct kept *k)
{
    g_atomic_ref_count_inc(&k->refs);
    return k;
}

void kept_unref(struct kept *k)
{
    if (!k || !g_atomic_ref_count_dec(&k->refs))
        return;
    training_state_finish(&k->state);
    g_free(k);
}

const struct training_state *kept_state(const struct kept *k)
{
    return &k->state;
}

uint64_t kept_step(const struct kept *k)
{
    return k->state.step;
}

uint64_t kept_bytes(const struct kept *k)
{
    return k->bytes;
}

guint kept_least(const uint64_t *steps, guint n)
{
    guint least = 1;
    double smallest = 0;

    for (guint i = 1; i + 1 < n; i++) {
        double gap = (double)(steps[i + 1] - steps[i - 1]);
        double share = gap / (double)(steps[n - 1] - steps[i] + 1);

        if (i == 1 || share < smallest) {
            smallest = share;
            least = i;
        }
    }
    return least;
}

/* The state's weights never change. */
struct source *kept_source(struct kept *k, const struct checkpoint *base)
{
    struct source *live = live_source_create(base, &k->state.weights, false);

    live_source_hold(live, kept_ref(k), (GDestroyNotify)kept_unref);
    return live;
}
