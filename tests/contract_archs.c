/* What every row of the architecture table must keep, on models as their frameworks name them:
 * every tensor has a place, blocks have no holes, roles are known, no two tensors are one part. */
#include <check.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "core/checkpoint.h"
#include "io/format.h"
#include "tests/support/memory_source.h"

/* Files of the fixtures; names.txt has more. */
static const struct {
    const char *path, *arch;
    uint32_t blocks, heads, kv_heads;
} files[] = {
    {"torch/gpt2_base_flat.h5", "gpt2", 3, 4, 4},
    {"hf_tf/gpt2_base/tf_model.h5", "gpt2", 3, 4, 4},
    {"hub/gpt2_base/model.weights.h5", "gpt2", 3, 4, 4},
    {"torch/llama_base_flat.h5", "llama", 12, 4, 2},
    {"hub/llama_base/model.weights.h5", "llama", 3, 4, 2},
    {"hf_tf/bert_base/tf_model.h5", "bert", 2, 4, 4},
    {"hub/bert_base/model.weights.h5", "bert", 2, 4, 4},
    {"transformers/t5_base/model.h5", "t5", 5, 2, 2},
    {"keras3/k3_cnn_base.weights.h5", "keras", 0, 0, 0},
    {"keras3/k3_zoo_base.weights.h5", "keras", 0, 3, 3},
    {"keras3/k3_sublm_base.weights.h5", "keras", 11, 6, 2},
    {"keras2/k2_cnn_model_base.h5", "keras", 0, 0, 0},
    {"keras2/k2_zoo_weights_base.h5", "keras", 0, 3, 3},
    {"torch/llama_peft_lora.h5", "lora", 12, 0, 0},
    {"hub/gpt2_lora.lora.h5", "lora", 0, 0, 0},
};

/* A model of names.txt. */
struct sample {
    char *arch, *type, *title;
    uint32_t heads, kv_heads, head_dim, blocks;
    GPtrArray *tensors; /* lines: a name, its dimensions */
};

static void free_sample(gpointer data)
{
    struct sample *s = data;

    g_free(s->arch);
    g_free(s->type);
    g_free(s->title);
    g_ptr_array_free(s->tensors, TRUE);
    g_free(s);
}

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

static struct sample *sample_new(const char *line)
{
    char **words = g_strsplit(line, " ", 8);
    struct sample *s = g_new0(struct sample, 1);

    *s = (struct sample){g_strdup(words[1]), g_strdup(words[2]),
                         g_strdup(words[7]), number(words[3]),
                         number(words[4]),   number(words[5]),
                         number(words[6]),   g_ptr_array_new_with_free_func(g_free)};
    g_strfreev(words);
    return s;
}

static GPtrArray *load_samples(void)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), "transformers", "names.txt", NULL);
    GPtrArray *samples = g_ptr_array_new_with_free_func(free_sample);
    char *text, **lines;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++) {
        if (**l == '@')
            g_ptr_array_add(samples, sample_new(*l));
        else if (**l)
            g_ptr_array_add(
                ((struct sample *)g_ptr_array_index(samples, samples->len - 1))->tensors,
                g_strdup(*l));
    }
    g_strfreev(lines);
    g_free(text);
    g_free(path);
    return samples;
}

static void add_tensor(struct memory_source *m, const char *line)
{
    char **words = g_strsplit(line, " ", -1);
    uint64_t dim[TENSOR_MAX_RANK], elems = 1;
    unsigned rank = g_strv_length(words) - 1;
    float *values;

    for (unsigned i = 0; i < rank; i++)
        elems *= dim[i] = number(words[i + 1]);
    values = g_new0(float, elems);
    memory_source_add(m, words[0], TENSOR_WEIGHT, DTYPE_F32, rank, dim, values);
    g_free(values);
    g_strfreev(words);
}

static struct checkpoint *build(const struct sample *s)
{
    struct memory_source *m = memory_source_create(s->title);
    struct source *source;

    for (guint i = 0; i < s->tensors->len; i++)
        add_tensor(m, g_ptr_array_index(s->tensors, i));
    source = memory_source_finish(m);
    source->config.heads = s->heads;
    source->config.kv_heads = s->kv_heads;
    source->config.head_dim = s->head_dim;
    g_strlcpy(source->config.type, s->type, sizeof source->config.type);
    return checkpoint_create(source);
}

static void check_blocks(const struct checkpoint *c, const char *title)
{
    bool *seen = g_new0(bool, c->n_blocks + 1);

    for (uint32_t i = 0; i < c->source->n_tensors; i++) {
        int32_t block = c->places[i].block;

        ck_assert_msg(block >= -1 && block < (int32_t)c->n_blocks, "%s: block %d", title, block);
        if (block >= 0)
            seen[block] = true;
    }
    for (uint32_t b = 0; b < c->n_blocks; b++)
        ck_assert_msg(seen[b], "%s: block %u has nothing", title, b);
    g_free(seen);
}

static void check_slots(const struct checkpoint *c, const char *title)
{
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (c->places[i].slot)
            ck_assert_msg(g_hash_table_add(seen, g_strdup_printf("%d %s", c->places[i].block,
                                                                 c->places[i].slot)),
                          "%s: %s is not the only %s", title, checkpoint_tensor(c, i)->name,
                          c->places[i].slot);
    g_hash_table_destroy(seen);
}

/* Of weights a role is known; of matrices, what makes rows and columns. */
static void check_roles(const struct checkpoint *c, const char *title)
{
    for (uint32_t i = 0; i < c->source->n_tensors; i++) {
        const struct tensor *t = checkpoint_tensor(c, i);
        const struct place *p = &c->places[i];

        if (t->kind != TENSOR_WEIGHT)
            continue;
        ck_assert_msg(p->role != ROLE_UNKNOWN || !p->matrix, "%s: %s: no role", title, t->name);
        ck_assert_msg(!p->matrix || (p->row_axes > 0 && p->row_axes < t->rank),
                      "%s: %s: no matrix form", title, t->name);
        ck_assert_msg(p->heads == 0 || p->attention, "%s: %s: no attention", title, t->name);
    }
}

static void check_map(const struct checkpoint *c, const char *title, const char *arch,
                      uint32_t blocks)
{
    ck_assert_msg(strcmp(c->arch->name, arch) == 0, "%s: taken for %s", title, c->arch->name);
    ck_assert_msg(c->n_blocks == blocks, "%s: %u blocks, not %u", title, c->n_blocks, blocks);
    check_blocks(c, title);
    check_slots(c, title);
    check_roles(c, title);
}

/* The head's bias, stored under two names. */
static bool is_tied_bias(const struct tensor *t)
{
    return g_str_has_suffix(t->name, "decoder.bias");
}

/* In a family every weight is a part that another framework has too, and every attention matrix is
 * split as the configuration says. */
static void check_family(const struct checkpoint *c, const struct sample *s)
{
    for (uint32_t i = 0; i < c->source->n_tensors; i++) {
        const struct tensor *t = checkpoint_tensor(c, i);
        const struct place *p = &c->places[i];

        ck_assert_msg(p->slot != NULL || is_tied_bias(t), "%s: %s: no slot", s->title, t->name);
        ck_assert_msg(p->role != ROLE_UNKNOWN, "%s: %s: no role", s->title, t->name);
        if (!p->matrix || !(role_is_attention_input(p->role) || p->role == ROLE_ATTN_OUTPUT))
            continue;
        ck_assert_msg(p->heads == s->heads && p->kv_heads == s->kv_heads &&
                          p->head_step == s->head_dim && p->head_axis != HEAD_AXIS_NONE,
                      "%s: %s: %u:%u heads of %u", s->title, t->name, p->heads, p->kv_heads,
                      p->head_step);
    }
}

START_TEST(test_transformers)
{
    GPtrArray *samples = load_samples();

    ck_assert_uint_gt(samples->len, 10);
    for (guint i = 0; i < samples->len; i++) {
        const struct sample *s = g_ptr_array_index(samples, i);
        struct checkpoint *c = build(s);

        check_map(c, s->title, s->arch, s->blocks);
        check_family(c, s);
        checkpoint_destroy(c);
    }
    g_ptr_array_free(samples, TRUE);
}
END_TEST

static struct checkpoint *open_file(const char *name)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);

    ck_assert_msg(s != NULL, "%s: %s", path, error ? error->message : "");
    g_free(path);
    return checkpoint_create(s);
}

START_TEST(test_files)
{
    struct checkpoint *c = open_file(files[_i].path);

    check_map(c, files[_i].path, files[_i].arch, files[_i].blocks);
    ck_assert_msg(c->heads == files[_i].heads && c->kv_heads == files[_i].kv_heads,
                  "%s: %u:%u heads", files[_i].path, c->heads, c->kv_heads);
    checkpoint_destroy(c);
}
END_TEST

static bool has_sample(const char *arch, const GPtrArray *samples)
{
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if (strcmp(files[i].arch, arch) == 0)
            return true;
    for (guint i = 0; i < samples->len; i++)
        if (strcmp(((struct sample *)g_ptr_array_index(samples, i))->arch, arch) == 0)
            return true;
    return strcmp(arch, "generic") == 0; /* test_generic */
}

START_TEST(test_every_row_has_a_sample)
{
    GPtrArray *samples = load_samples();

    for (size_t i = 0; arch_table[i]; i++)
        ck_assert_msg(has_sample(arch_table[i]->name, samples), "%s", arch_table[i]->name);
    g_ptr_array_free(samples, TRUE);
}
END_TEST

/* Names of no framework: numbered blocks all the same, and matrices that are dense. */
START_TEST(test_generic)
{
    struct sample s = {
        .title = "generic", .type = "", .tensors = g_ptr_array_new_with_free_func(g_free)};
    struct checkpoint *c;

    g_ptr_array_add(s.tensors, g_strdup("entry.weight 8 4"));
    for (unsigned b = 0; b < 3; b++) {
        g_ptr_array_add(s.tensors, g_strdup_printf("net.blocks.%u.mixer.weight 4 4", b));
        g_ptr_array_add(s.tensors, g_strdup_printf("net.blocks.%u.mixer.bias 4", b));
    }
    c = build(&s);
    check_map(c, s.title, "generic", 3);
    ck_assert(c->places[0].block == -1 && c->places[5].block == 2);
    ck_assert(c->places[5].role == ROLE_DENSE && c->places[5].matrix && !c->places[6].matrix);
    checkpoint_destroy(c);
    g_ptr_array_free(s.tensors, TRUE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("contract_archs");
    TCase *t = tcase_create("archs");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_test(t, test_transformers);
    tcase_add_loop_test(t, test_files, 0, G_N_ELEMENTS(files));
    tcase_add_test(t, test_every_row_has_a_sample);
    tcase_add_test(t, test_generic);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
