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

/* As a source: the live one over the state's weights, which never change. */

struct kept_source {
    struct source source;
    struct source *live;
    struct kept *kept;
};

static struct source *live_of(const struct source *s)
{
    return ((const struct kept_source *)s)->live;
}

static gboolean kept_read(struct source *s, uint32_t index, uint64_t first, size_t count, void *dst,
                          GError **error)
{
    return live_of(s)->ops->read(live_of(s), index, first, count, dst, error);
}

static const char *kept_meta(const struct source *s, const char *key)
{
    return live_of(s)->ops->meta(live_of(s), key);
}

static struct token_texts *kept_tokens(struct source *s, GError **error)
{
    return source_tokens(live_of(s), error);
}

static struct tokenizer *kept_tokenizer(struct source *s, GError **error)
{
    return source_tokenizer(live_of(s), error);
}

static void kept_close(struct source *s)
{
    struct kept_source *k = (struct kept_source *)s;

    source_close(k->live);
    kept_unref(k->kept);
    g_free(k);
}

static const struct source_ops ops = {.read = kept_read,
                                      .meta = kept_meta,
                                      .tokens = kept_tokens,
                                      .tokenizer = kept_tokenizer,
                                      .close = kept_close};

struct source *kept_source(struct kept *k, const struct checkpoint *base)
{
    struct kept_source *s = g_new0(struct kept_source, 1);

    s->kept = kept_ref(k);
    s->live = live_source_create(base, &k->state.weights, false);
    s->source = *s->live;
    s->source.ops = &ops;
    return &s->source;
}
