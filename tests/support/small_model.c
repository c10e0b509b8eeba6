#include "tests/support/small_model.h"

#include <math.h>
#include <string.h>

#include "tests/support/memory_source.h"

#define BLOCKS 3
#define WIDTH 64

/* Roughly normal, the same for the same seed and place. */
static double noise(uint64_t i, uint64_t seed)
{
    double sum = 0;

    for (uint64_t k = 0; k < 6; k++) {
        uint64_t x = (i * 6 + k + 1) * 6364136223846793005u + seed * 1442695040888963407u;

        x ^= x >> 31;
        x *= 0x9e3779b97f4a7c15u;
        x ^= x >> 29;
        sum += (double)(x & 0xffffff) / 0x1000000;
    }
    return (sum - 3) / 0.707;
}

/* How far a tensor moves from base to tuned, relative. */
struct change {
    bool tuned;
    double by;
    uint64_t seed;
};

static void add(struct memory_source *m, const char *name, uint64_t rows, uint64_t cols,
                double centre, double scale, struct change change)
{
    const uint64_t dim[2] = {rows, cols};
    uint64_t n = rows * (cols ? cols : 1), seed = g_str_hash(name);
    float *values = g_new(float, n);

    for (uint64_t i = 0; i < n; i++) {
        values[i] = (float)(centre + scale * noise(i, seed));
        if (change.tuned)
            values[i] += (float)(scale * change.by * noise(i, seed + 1));
    }
    if (change.tuned && strcmp(name, "transformer.h.1.mlp.c_fc.weight") == 0)
        values[n / 2] = NAN;
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F32, cols ? 2 : 1, dim, values);
    g_free(values);
}

static void add_block(struct memory_source *m, int block, bool tuned)
{
    static const struct {
        const char *name;
        uint64_t rows, cols;
        double centre, scale, by;
    } parts[] = {
        {"ln_1.weight", WIDTH, 0, 1, 0, 0},
        {"ln_1.bias", WIDTH, 0, 0, 0.01, 0.02},
        {"attn.c_attn.weight", WIDTH, 3 * WIDTH, 0, 0.02, 0.004},
        {"attn.c_attn.bias", 3 * WIDTH, 0, 0, 0.02, 0.01},
        {"attn.c_proj.weight", WIDTH, WIDTH, 0, 0.014, 0.02},
        {"attn.c_proj.bias", WIDTH, 0, 0, 0, 0},
        {"ln_2.weight", WIDTH, 0, 1, 0.001, 0.02},
        {"ln_2.bias", WIDTH, 0, 0, 0.01, 0.02},
        {"mlp.c_fc.weight", WIDTH, 4 * WIDTH, 0, 0.02, 0.01},
        {"mlp.c_fc.bias", 4 * WIDTH, 0, 0, 0.02, 0.01},
        {"mlp.c_proj.weight", 4 * WIDTH, WIDTH, 0, 0.01, 0.03},
        {"mlp.c_proj.bias", WIDTH, 0, 0, 0.02, 0.01},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        char *name = g_strdup_printf("transformer.h.%d.%s", block, parts[i].name);
        double by = block == 0 ? 0 : parts[i].by * pow(5, block - 1);

        if (block == 0 && strstr(parts[i].name, "mlp.c_fc.weight"))
            by = 1e-3;
        add(m, name, parts[i].rows, parts[i].cols, parts[i].centre, parts[i].scale,
            (struct change){tuned, by, 0});
        g_free(name);
    }
}

/* A head stored in half precision whose change is smaller than its rounding. */
static void add_half(struct memory_source *m, bool tuned)
{
    const uint64_t dim[2] = {40, WIDTH};
    uint16_t values[40 * WIDTH];

    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
        values[i] = (uint16_t)(0x3c00 + i % 512);
    values[100] += tuned;
    memory_source_add(m, "lm_head.weight", TENSOR_WEIGHT, DTYPE_F16, 2, dim, values);
}

static void add_optimizer(struct memory_source *m)
{
    const uint64_t dim[1] = {WIDTH};
    const int64_t steps = INT64_C(9007199254740993);
    float slots[WIDTH] = {0.5f};

    memory_source_add(m, "optimizer.iterations", TENSOR_OPTIMIZER, DTYPE_I64, 0, NULL, &steps);
    memory_source_add(m, "optimizer.m.ln_f.weight", TENSOR_OPTIMIZER, DTYPE_F32, 1, dim, slots);
}

static struct memory_source *side(bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "runs/tuned.h5" : "runs/base.h5");
    struct change little = {tuned, 0.002, 0};

    add(m, "transformer.wte.weight", 500, WIDTH, 0, 0.02, little);
    add(m, "transformer.wpe.weight", 128, WIDTH, 0, 0.01, (struct change){tuned, 0, 0});
    for (int i = 0; i < BLOCKS; i++)
        add_block(m, i, tuned);
    add(m, "transformer.ln_f.weight", WIDTH, 0, 1, 0.01, little);
    add(m, "transformer.ln_f.bias", WIDTH, 0, 0, 0.01, little);
    add_half(m, tuned);
    add(m, "pooler.dense.weight", tuned ? 48 : 64, 64, 0, 0.02, little);
    add(m, tuned ? "classifier.weight" : "score.weight", 8, WIDTH, 0, 0.02, little);
    add(m, "evil\033[31m\nname.weight", 4, 4, 0, 1, little);
    add(m, "empty.weight", 0, 8, 0, 1, little);
    add_optimizer(m);
    memory_source_break(m, "transformer.h.2.ln_2.bias");
    memory_source_skip(m, "vocabulary", "a string, no numbers");
    memory_source_skip(m, "linked", "an external link to other.h5, not followed");
    if (tuned)
        memory_source_warn(m, "written by a newer version: \033[2Jattributes ignored");
    return m;
}

static struct comparison *compare(struct memory_source *base, struct memory_source *tuned)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};

    return comparison_create(checkpoint_create(memory_source_finish(base)),
                             tuned ? checkpoint_create(memory_source_finish(tuned)) : NULL,
                             &options, NULL);
}

struct comparison *small_model(bool pair, const gint *gate)
{
    struct memory_source *base = side(false), *tuned = pair ? side(true) : NULL;

    if (gate)
        memory_source_gate(tuned ? tuned : base, gate);
    return compare(base, tuned);
}

struct comparison *many_layers(uint32_t n_layers)
{
    struct memory_source *sides[2];

    for (int k = 0; k < 2; k++) {
        sides[k] = memory_source_create(k ? "tuned.h5" : "base.h5");
        for (uint32_t i = 0; i < n_layers; i++) {
            char *kernel = g_strdup_printf("part_%u.dense_of_that_part.kernel", i);
            char *bias = g_strdup_printf("part_%u.dense_of_that_part.bias", i);

            add(sides[k], kernel, 2, 2, 0, 1, (struct change){k == 1, 0.01, 0});
            add(sides[k], bias, 2, 0, 0, 1, (struct change){k == 1, 0.01, 0});
            g_free(kernel);
            g_free(bias);
        }
    }
    return compare(sides[0], sides[1]);
}

uint32_t small_model_find(const struct comparison *c, const char *name)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (strcmp(comparison_tensor(c, i)->name, name) == 0)
            return i;
    return PAIR_NONE;
}

void small_model_scan(struct comparison *c)
{
    comparison_scan_start(c);
    comparison_scan_wait(c);
}
