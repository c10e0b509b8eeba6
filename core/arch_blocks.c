#include "core/arch_blocks.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Where a name holds a block number: the text before it ("model.layers.", "transformer_layer_"), the
 * number, and the end of the part it stands in. */
struct numbered {
    size_t stem; /* bytes of the name before the number */
    size_t end;
    uint32_t number;
};

struct stack {
    uint32_t first;
    uint32_t n;
};

struct arch_blocks {
    GHashTable *stacks; /* stem -> struct stack */
    uint32_t n;
};

/* Containers whose numbered parts are blocks of a stack, and not just the n-th layer of a kind. */
static bool stem_is_container(const char *name, size_t stem)
{
    static const char *const containers[] = {
        "layers.",        "layer.",          "h.",
        "blocks.",        "block.",          "transformer_layer_",
        "transformer_decoder_", "transformer_encoder_", "decoder_block_",
        "encoder_block_", "block_",          "blocks_",
        "layer_",         "encoder_layer_",  "decoder_layer_"};

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
    for (const char *part = name; part;) {
        size_t n = strcspn(part, ".");
        size_t digits = n;

        while (digits > 0 && g_ascii_isdigit(part[digits - 1]))
            digits--;
        if (digits < n && n - digits <= 5 && (digits == 0 || part[digits - 1] == '_')) {
            size_t stem = (size_t)(part - name) + digits;

            if (stem_is_container(name, stem)) {
                *out = (struct numbered){stem, (size_t)(part - name) + n,
                                         (uint32_t)strtoul(part + digits, NULL, 10)};
                return true;
            }
        }
        part = part[n] ? part + n + 1 : NULL;
    }
    return false;
}

static struct stack *stack_of(const struct arch_blocks *b, const char *name, size_t stem)
{
    char *text = g_strndup(name, stem);
    struct stack *found = g_hash_table_lookup(b->stacks, text);

    g_free(text);
    return found;
}

static void note_number(struct arch_blocks *b, const char *name, GPtrArray *order)
{
    struct numbered at;
    struct stack *stack;

    if (!find_number(name, &at))
        return;
    stack = stack_of(b, name, at.stem);
    if (!stack) {
        stack = g_new0(struct stack, 1);
        g_hash_table_insert(b->stacks, g_strndup(name, at.stem), stack);
        g_ptr_array_add(order, stack);
    }
    stack->n = MAX(stack->n, at.number + 1);
}

struct arch_blocks *arch_blocks_find(const struct source *s)
{
    struct arch_blocks *b = g_new0(struct arch_blocks, 1);
    GPtrArray *order = g_ptr_array_new(); /* of appearance */

    b->stacks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (s->tensors[i].kind != TENSOR_OPTIMIZER)
            note_number(b, s->tensors[i].name, order);
    for (guint i = 0; i < order->len; i++) {
        struct stack *stack = g_ptr_array_index(order, i);

        stack->first = b->n;
        b->n += stack->n;
    }
    g_ptr_array_free(order, TRUE);
    return b;
}

void arch_blocks_destroy(struct arch_blocks *b)
{
    if (!b)
        return;
    g_hash_table_destroy(b->stacks);
    g_free(b);
}

uint32_t arch_blocks_count(const struct arch_blocks *b)
{
    return b->n;
}

/* Keras leaves the number off the first of a kind: "block" beside "block_1". */
static struct stack *unnumbered_stack(const struct arch_blocks *b, const char *name, size_t *end)
{
    for (const char *part = name; part && b->n > 0;) {
        char *stem;
        struct stack *stack;

        *end = (size_t)(part - name) + strcspn(part, ".");
        stem = g_strdup_printf("%.*s_", (int)*end, name);
        stack = g_hash_table_lookup(b->stacks, stem);
        g_free(stem);
        if (stack)
            return stack;
        part = name[*end] ? name + *end + 1 : NULL;
    }
    return NULL;
}

int32_t arch_blocks_of(const struct arch_blocks *b, const char *name, const char **rest)
{
    struct numbered at = {0, 0, 0};
    struct stack *stack = find_number(name, &at) ? stack_of(b, name, at.stem)
                                                 : unnumbered_stack(b, name, &at.end);

    *rest = name;
    if (!stack)
        return -1;
    *rest = name[at.end] ? name + at.end + 1 : name + at.end;
    return (int32_t)(stack->first + at.number);
}
