#include "tests/support/trained.h"

#include <check.h>
#include <string.h>

#include "core/examples_build.h"
#include "core/train/initial.h"
#include "tests/support/memory_source.h"

#define VOCABULARY 37
#define POSITIONS 16

static struct initial_model shape_of(const char *name)
{
    struct initial_model m = {.arch = INITIAL_GPT2,
                              .layers = 2,
                              .hidden = 16,
                              .heads = 2,
                              .kv_heads = 2,
                              .intermediate = 64,
                              .positions = POSITIONS,
                              .vocabulary = VOCABULARY,
                              .tied = true};

    if (strcmp(name, "gpt2") == 0)
        return m;
    m.arch = INITIAL_LLAMA;
    m.heads = 4;
    m.intermediate = 24;
    m.tied = false;
    return m;
}

struct checkpoint *trained_base(const struct net_oracle *o, const char *name)
{
    const struct initial_model m = shape_of(name);
    struct source *names = initial_source_create(&m, "names"), *s;
    struct memory_source *memory = memory_source_create("base.h5");

    for (uint32_t i = 0; i < names->n_tensors; i++) {
        const struct tensor *t = &names->tensors[i];
        g_autofree char *array = g_strdup_printf("%s.start.%s", name, t->name);
        gsize n;
        const float *values = net_oracle_floats(o, array, &n);

        ck_assert_uint_eq(n, t->elems);
        memory_source_add(memory, t->name, TENSOR_WEIGHT, DTYPE_F32, t->rank, t->dim, values);
    }
    source_close(names);
    s = memory_source_finish(memory);
    s->config.heads = m.heads;
    s->config.kv_heads = m.kv_heads;
    s->config.positions = POSITIONS;
    s->config.norm_epsilon = 1e-5;
    s->config.tied = m.tied ? TIED_YES : TIED_NO;
    return checkpoint_create(s);
}

struct examples *trained_examples(const struct net_oracle *o)
{
    struct examples_builder *b = examples_builder_create("examples");
    gsize n;
    const uint32_t *lengths = net_oracle_numbers(o, "lengths", &n);
    const uint32_t *prompts = net_oracle_numbers(o, "prompts", NULL);

    for (unsigned split = 0; split < 2; split++) {
        const uint32_t *ids = net_oracle_numbers(o, "ids", NULL);

        for (uint32_t i = 0; i < n; i++) {
            const struct example_fields f = {.split = split ? "test" : "train",
                                             .category = i % 2 ? "odd" : "even",
                                             .ids = ids,
                                             .n_ids = lengths[i],
                                             .n_prompt = prompts[i]};

            examples_builder_add(b, i + 1, &f);
            ids += lengths[i];
        }
    }
    return examples_builder_finish(b);
}

static const struct tensor_factor llama_factors[] = {{"model.layers.0.*", 0.1},
                                                     {"model.embed*", 0}};

void trained_options(const char *name, struct training_options *o)
{
    training_options_init(o);
    o->learning_rate = 2e-3;
    o->weight_decay = 0.1;
    o->numbers = (struct optimizer_numbers){0.9, 0.99, 1e-5, 0.9};
    o->steps = 20;
    o->warmup = 3;
    o->seed = 5;
    o->threads = 2;
    if (strcmp(name, "llama") == 0) {
        o->factors = llama_factors;
        o->n_factors = G_N_ELEMENTS(llama_factors);
    } else if (strcmp(name, "sgd") == 0) {
        o->optimizer = optimizer_find("sgd");
        o->weight_decay = 0;
    } else if (strcmp(name, "lora") == 0) {
        o->lora = "query,value";
        o->lora_rank = 2;
        o->lora_alpha = 6;
    }
}

struct training *trained_create(const struct checkpoint *base, const struct examples *e,
                                const struct training_options *o)
{
    GError *error = NULL;
    struct training *t = training_create(base, e, o, NULL, &error);

    ck_assert_msg(t != NULL, "%s", error ? error->message : "");
    return t;
}

void trained_steps(struct training *t, unsigned n)
{
    GError *error = NULL;

    for (unsigned i = 0; i < n; i++)
        ck_assert_msg(training_step(t, NULL, &error), "%s", error ? error->message : "");
}

char *trained_hash(const struct training *t)
{
    GArray *arrays = training_arrays(t, training_state(t));
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *text;

    for (guint i = 0; i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);

        g_checksum_update(sum, (const guchar *)a->values,
                          (gssize)(a->rows * a->columns * sizeof(float)));
    }
    text = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    g_array_unref(arrays);
    return text;
}
