/* The fallback: finds numbered blocks in any names, and roles by their words. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "core/arch.h"

static int score(const struct source *s)
{
    (void)s;
    return 1;
}

/* Where a name holds a block number: the text before it ("model.layers.", "transformer_layer_") and
 * the number. */
struct numbered {
    size_t stem; /* bytes of the name before the number */
    uint32_t number;
};

/* Containers whose numbered parts are blocks of a stack, and not just the n-th layer of a kind. */
static bool stem_is_container(const char *name, size_t stem)
{
    static const char *const containers[] = {"layers.", "layer.", "h.", "blocks.", "block.",
                                             "transformer_layer_", "transformer_decoder_",
                                             "transformer_encoder_", "block_", "blocks_",
                                             "layer_", "encoder_layer_", "decoder_layer_"};

    for (size_t i = 0; i < G_N_ELEMENTS(containers); i++) {
        size_t n = strlen(containers[i]);

        if (stem < n || strncmp(name + stem - n, containers[i], n) != 0)
            continue;
        if (stem == n || name[stem - n - 1] == '.' || name[stem - n - 1] == '_')
            return true;
    }
    return false;
}

/* The outermost part of the name that is a number or ends in _number, and whose stem is a container
 * of blocks. */
static bool find_number(const char *name, struct numbered *out)
{
    for (const char *part = name; part; ) {
        size_t n = strcspn(part, ".");
        size_t digits = n;

        while (digits > 0 && g_ascii_isdigit(part[digits - 1]))
            digits--;
        if (digits < n && n - digits <= 5 && (digits == 0 || part[digits - 1] == '_')) {
            size_t stem = (size_t)(part - name) + digits;

            if (stem_is_container(name, stem)) {
                *out = (struct numbered){stem, (uint32_t)strtoul(part + digits, NULL, 10)};
                return true;
            }
        }
        part = part[n] ? part + n + 1 : NULL;
    }
    return false;
}

/* One stack of blocks: all names with the same stem. Stacks follow each other (encoder, decoder), so
 * a block's number is the stack's first plus the number in the name. */
struct stack {
    uint32_t first;
    uint32_t n;
};

/* Every stem that some tensor carries a number behind, in `order` of appearance. */
static GHashTable *collect_stacks(const struct source *s, GPtrArray *order)
{
    GHashTable *stacks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        struct numbered at;
        struct stack *stack;
        char *stem;

        if (s->tensors[i].kind == TENSOR_OPTIMIZER || !find_number(s->tensors[i].name, &at))
            continue;
        stem = g_strndup(s->tensors[i].name, at.stem);
        stack = g_hash_table_lookup(stacks, stem);
        if (!stack) {
            stack = g_new0(struct stack, 1);
            g_hash_table_insert(stacks, g_strdup(stem), stack);
            g_ptr_array_add(order, stack);
        }
        stack->n = MAX(stack->n, at.number + 1);
        g_free(stem);
    }
    return stacks;
}

static uint32_t number_stacks(const GPtrArray *order)
{
    uint32_t n = 0;

    for (guint i = 0; i < order->len; i++) {
        struct stack *stack = g_ptr_array_index(order, i);

        stack->first = n;
        n += stack->n;
    }
    return n;
}

/* Keras leaves the number off the first of a kind: "block" beside "block_1". */
static struct stack *unnumbered_stack(GHashTable *stacks, const char *name)
{
    for (const char *part = name; part;) {
        size_t end = (size_t)(part - name) + strcspn(part, ".");
        char *stem = g_strdup_printf("%.*s_", (int)end, name);
        struct stack *stack = g_hash_table_lookup(stacks, stem);

        g_free(stem);
        if (stack)
            return stack;
        part = name[end] ? name + end + 1 : NULL;
    }
    return NULL;
}

static int32_t block_of(GHashTable *stacks, const char *name)
{
    struct numbered at = {0, 0};
    struct stack *stack;

    if (find_number(name, &at)) {
        char *stem = g_strndup(name, at.stem);

        stack = g_hash_table_lookup(stacks, stem);
        g_free(stem);
    } else {
        stack = unnumbered_stack(stacks, name);
    }
    return stack ? (int32_t)(stack->first + at.number) : -1;
}

static bool is_matrix(const struct tensor *t, enum role role)
{
    return t->kind == TENSOR_WEIGHT && role != ROLE_NORM && !role_is_vector(t) &&
           tensor_squeezed_rank(t) >= 2;
}

static uint32_t map(const struct source *s, struct place *places)
{
    GPtrArray *order = g_ptr_array_new();
    GHashTable *stacks = collect_stacks(s, order);
    uint32_t n_blocks = number_stacks(order);

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const struct tensor *t = &s->tensors[i];
        enum role role = role_of(t);

        places[i] = (struct place){.block = -1, .role = role, .matrix = is_matrix(t, role)};
        if (t->kind != TENSOR_OPTIMIZER)
            places[i].block = block_of(stacks, t->name);
    }
    g_hash_table_destroy(stacks);
    g_ptr_array_free(order, TRUE);
    return n_blocks;
}

const struct arch arch_generic = {.name = "generic", .score = score, .map = map};
