/* Blocks, roles and matrices from names as frameworks write them. */
#include <check.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "core/checkpoint.h"
#include "tests/support/memory_source.h"

struct expected {
    const char *name;
    uint64_t rows, cols; /* cols 0: a vector */
    int block;
    enum role role;
    bool matrix;
};

static float one(uint64_t i)
{
    (void)i;
    return 1;
}

static struct checkpoint *build(const struct expected *rows, size_t n)
{
    struct memory_source *m = memory_source_create("test.h5");

    for (size_t i = 0; i < n; i++)
        memory_source_add_f32(m, rows[i].name, rows[i].rows, rows[i].cols, one);
    return checkpoint_create(memory_source_finish(m));
}

static void compare(const struct expected *rows, size_t n, uint32_t blocks)
{
    struct checkpoint *c = build(rows, n);

    ck_assert_uint_eq(c->n_blocks, blocks);
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(c->places[i].block == rows[i].block, "%s: block %d, not %d", rows[i].name,
                      c->places[i].block, rows[i].block);
        ck_assert_msg(c->places[i].role == rows[i].role, "%s: role %s, not %s", rows[i].name,
                      role_info(c->places[i].role)->name, role_info(rows[i].role)->name);
        ck_assert_msg(c->places[i].matrix == rows[i].matrix, "%s: matrix", rows[i].name);
    }
    checkpoint_destroy(c);
}

/* A word is not the start of any other word; factors of an adapter are matrices. */
START_TEST(test_words)
{
    static const struct expected rows[] = {
        {"normal", 8, 4, -1, ROLE_DENSE, true},
        {"converter.weight", 8, 4, -1, ROLE_DENSE, true},
        {"norm1.weight", 8, 4, -1, ROLE_NORM, false},
        {"norm_out.weight", 8, 4, -1, ROLE_NORM, false},
        {"normalization_2.scale", 8, 4, -1, ROLE_NORM, false},
        {"layer_normalization_3.gamma", 4, 2, -1, ROLE_NORM, false},
        {"conv2d_1.kernel", 8, 4, -1, ROLE_CONV, true},
        {"gate", 8, 4, -1, ROLE_DENSE, true},
        {"lora.9.lora_kernel_a", 8, 4, -1, ROLE_LORA, true},
        {"lora.9.lora_kernel_b", 4, 8, -1, ROLE_LORA, true},
        {"gru.bias", 2, 12, -1, ROLE_RECURRENT, false},
        {"dense_b", 2, 12, -1, ROLE_UNKNOWN, false},
    };

    compare(rows, G_N_ELEMENTS(rows), 0);
}
END_TEST

START_TEST(test_gpt2)
{
    static const struct expected rows[] = {
        {"transformer.wte.weight", 8, 4, -1, ROLE_EMBEDDING, true},
        {"transformer.wpe.weight", 8, 4, -1, ROLE_POSITION, true},
        {"transformer.h.0.ln_1.weight", 4, 0, 0, ROLE_NORM, false},
        {"transformer.h.0.attn.c_attn.weight", 4, 12, 0, ROLE_QKV, true},
        {"transformer.h.0.attn.c_attn.bias", 1, 12, 0, ROLE_QKV, false},
        {"transformer.h.0.attn.c_proj.weight", 4, 4, 0, ROLE_ATTN_OUTPUT, true},
        {"transformer.h.10.mlp.c_fc.weight", 4, 16, 10, ROLE_UP, true},
        {"transformer.h.10.mlp.c_proj.weight", 16, 4, 10, ROLE_DOWN, true},
        {"transformer.ln_f.weight", 4, 0, -1, ROLE_NORM, false},
        {"lm_head.weight", 8, 4, -1, ROLE_HEAD, true},
    };

    compare(rows, G_N_ELEMENTS(rows), 11);
}
END_TEST

START_TEST(test_llama)
{
    static const struct expected rows[] = {
        {"model.embed_tokens.weight", 8, 4, -1, ROLE_EMBEDDING, true},
        {"model.layers.0.self_attn.q_proj.weight", 4, 4, 0, ROLE_QUERY, true},
        {"model.layers.0.self_attn.k_proj.weight", 2, 4, 0, ROLE_KEY, true},
        {"model.layers.0.self_attn.v_proj.weight", 2, 4, 0, ROLE_VALUE, true},
        {"model.layers.0.self_attn.o_proj.weight", 4, 4, 0, ROLE_ATTN_OUTPUT, true},
        {"model.layers.1.mlp.gate_proj.weight", 6, 4, 1, ROLE_GATE, true},
        {"model.layers.1.mlp.up_proj.weight", 6, 4, 1, ROLE_UP, true},
        {"model.layers.1.mlp.down_proj.weight", 4, 6, 1, ROLE_DOWN, true},
        {"model.layers.1.input_layernorm.weight", 4, 0, 1, ROLE_NORM, false},
        {"model.norm.weight", 4, 0, -1, ROLE_NORM, false},
    };

    compare(rows, G_N_ELEMENTS(rows), 2);
}
END_TEST

START_TEST(test_bert)
{
    static const struct expected rows[] = {
        {"bert.embeddings.word_embeddings.weight", 8, 4, -1, ROLE_EMBEDDING, true},
        {"bert.embeddings.position_embeddings.embeddings", 8, 4, -1, ROLE_POSITION, true},
        {"bert.embeddings.LayerNorm.gamma", 4, 0, -1, ROLE_NORM, false},
        {"bert.encoder.layer.0.attention.self.query.kernel", 4, 4, 0, ROLE_QUERY, true},
        {"bert.encoder.layer.0.attention.output.dense.kernel", 4, 4, 0, ROLE_ATTN_OUTPUT, true},
        {"bert.encoder.layer.0.intermediate.dense.kernel", 4, 16, 0, ROLE_UP, true},
        {"bert.encoder.layer.0.output.dense.kernel", 16, 4, 0, ROLE_DOWN, true},
        {"bert.encoder.layer.0.output.LayerNorm.gamma", 4, 0, 0, ROLE_NORM, false},
        {"classifier.kernel", 4, 2, -1, ROLE_HEAD, true},
    };

    compare(rows, G_N_ELEMENTS(rows), 1);
}
END_TEST

/* Keras leaves the number off the first of a kind; biases are no matrices whatever their shape. */
START_TEST(test_keras)
{
    static const struct expected rows[] = {
        {"token_embedding.embeddings", 8, 4, -1, ROLE_EMBEDDING, true},
        {"blocks.block.attn.query_dense.kernel", 4, 4, 0, ROLE_QUERY, true},
        {"blocks.block.attn.query_dense.bias", 2, 2, 0, ROLE_QUERY, false},
        {"blocks.block_1.attn.query_dense.kernel", 4, 4, 1, ROLE_QUERY, true},
        {"blocks.block_2.attn.query_dense.kernel", 4, 4, 2, ROLE_QUERY, true},
        {"dense_1.kernel", 4, 4, -1, ROLE_DENSE, true},
        {"dense_11.kernel", 4, 4, -1, ROLE_DENSE, true},
        {"bidirectional.forward_gru.gru_cell.bias", 2, 15, -1, ROLE_RECURRENT, false},
    };

    compare(rows, G_N_ELEMENTS(rows), 3);
}
END_TEST

/* No word says "block": numbers whose names are alike are. A downsampling branch may be one's own. */
START_TEST(test_unworded)
{
    static const struct expected rows[] = {
        {"stem.conv1.weight", 8, 4, -1, ROLE_CONV, true},
        {"layer1.0.conv1.weight", 4, 4, 0, ROLE_CONV, true},
        {"layer1.0.bn1.weight", 4, 0, 0, ROLE_NORM, false},
        {"layer1.1.conv1.weight", 4, 4, 1, ROLE_CONV, true},
        {"layer1.1.bn1.weight", 4, 0, 1, ROLE_NORM, false},
        {"layer2.0.conv1.weight", 4, 4, 2, ROLE_CONV, true},
        {"layer2.0.bn1.weight", 4, 0, 2, ROLE_NORM, false},
        {"layer2.0.downsample.0.weight", 4, 4, 2, ROLE_DENSE, true},
        {"layer2.1.conv1.weight", 4, 4, 3, ROLE_CONV, true},
        {"layer2.1.bn1.weight", 4, 0, 3, ROLE_NORM, false},
        {"features.0.weight", 4, 4, -1, ROLE_DENSE, true}, /* a plain sequence */
        {"features.1.weight", 4, 4, -1, ROLE_DENSE, true},
        {"parts.0.a.weight", 4, 4, -1, ROLE_DENSE, true}, /* nothing in common */
        {"parts.1.b.weight", 4, 4, -1, ROLE_DENSE, true},
        {"holes.0.a.weight", 4, 4, -1, ROLE_DENSE, true},
        {"holes.2.a.weight", 4, 4, -1, ROLE_DENSE, true},
        {"once.0.a.weight", 4, 4, -1, ROLE_DENSE, true},
    };
    static const struct expected nameless[] = {
        {"0.mixer.weight", 4, 4, 0, ROLE_DENSE, true},
        {"1.mixer.weight", 4, 4, 1, ROLE_DENSE, true},
    };

    compare(rows, G_N_ELEMENTS(rows), 4);
    compare(nameless, G_N_ELEMENTS(nameless), 2);
}
END_TEST

/* An encoder and a decoder are two stacks, one after the other. */
START_TEST(test_two_stacks)
{
    static const struct expected rows[] = {
        {"encoder.block.0.layer.0.SelfAttention.q.weight", 4, 4, 0, ROLE_QUERY, true},
        {"encoder.block.1.layer.0.SelfAttention.o.weight", 4, 4, 1, ROLE_ATTN_OUTPUT, true},
        {"decoder.block.0.layer.2.DenseReluDense.wi.weight", 4, 4, 2, ROLE_UP, true},
        {"decoder.block.1.layer.2.DenseReluDense.wo.weight", 4, 4, 3, ROLE_DOWN, true},
    };

    compare(rows, G_N_ELEMENTS(rows), 4);
}
END_TEST

/* contract_architectures: every row has a name and maps an empty and an odd source. */
START_TEST(test_contract)
{
    for (size_t i = 0; arch_table[i]; i++) {
        struct memory_source *m = memory_source_create("odd.h5");
        struct source *s;
        struct arch_blocks *blocks;
        struct place places[3];

        ck_assert_ptr_nonnull(arch_table[i]->name);
        memory_source_add_f32(m, "", 1, 0, one);
        memory_source_add_f32(m, "...", 1, 0, one);
        memory_source_add_f32(m, "layers.99999999999.x", 2, 2, one);
        s = memory_source_finish(m);
        blocks = arch_blocks_find(s);
        if (arch_table[i]->score(s, blocks) > 0)
            arch_table[i]->map(s, blocks, places);
        arch_blocks_destroy(blocks);
        source_close(s);
    }
}
END_TEST

START_TEST(test_roles_have_letters)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        ck_assert_ptr_nonnull(role_info(i)->name);
        ck_assert_int_ne(role_info(i)->letter, 0);
        for (int j = 0; j < i; j++)
            ck_assert_int_ne(role_info(i)->letter, role_info(j)->letter);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("arch");
    TCase *t = tcase_create("places");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_words);
    tcase_add_test(t, test_gpt2);
    tcase_add_test(t, test_llama);
    tcase_add_test(t, test_bert);
    tcase_add_test(t, test_keras);
    tcase_add_test(t, test_unworded);
    tcase_add_test(t, test_two_stacks);
    tcase_add_test(t, test_contract);
    tcase_add_test(t, test_roles_have_letters);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
