#include "core/arch_blocks.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "core/arch_likeness.h"

/* A stretch of a name: the text before a block's number ("model.layers.", "transformer_layer_"). */
struct stem {
    const char *text;
    size_t n;
};

/* Where a name holds a block number. */
struct numbered {
    struct stem stem;
    size_t end; /* of the part it stands in */
    uint32_t number;
};

struct stack {
    struct stem stem;
    uint32_t first;
    uint32_t n;
    struct likeness *like; /* where no word says that these are blocks; else NULL */
};

struct block_name {
    int32_t block;
    const char *rest;
};

struct arch_blocks {
    GHashTable *stacks; /* stem -> struct stack */
    GHashTable *bare;   /* stem without its '_' -> struct stack */
    struct block_name *names; /* [n_tensors] */
    uint32_t n;
};

static guint stem_hash(gconstpointer key)
{
    const struct stem *stem = key;
    guint hash = 5381;

    for (size_t i = 0; i < stem->n; i++)
        hash = hash * 33 + (guchar)stem->text[i];
    return hash;
}

static gboolean stem_equal(gconstpointer a, gconstpointer b)
{
    const struct stem *x = a, *y = b;

    return x->n == y->n && memcmp(x->text, y->text, x->n) == 0;
}

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

/* Layers of the n-th have a name and a variable behind the number. */
static bool has_layers(const char *part, size_t n)
{
    return part[n] && strchr(part + n + 1, '.');
}

/* The outermost part of the name that is a number or ends in _number, and whose stem is a container
 * of blocks; unworded: any number alone that has layers. */
static bool find_number(const char *name, bool unworded, struct numbered *out)
{
    for (const char *part = name; part;) {
        size_t n = strcspn(part, ".");
        size_t digits = n;

        while (digits > 0 && g_ascii_isdigit(part[digits - 1]))
            digits--;
        if (digits < n && n - digits <= 5 && (digits == 0 || part[digits - 1] == '_')) {
            size_t stem = (size_t)(part - name) + digits;

            if (unworded ? digits == 0 && has_layers(part, n) : stem_is_container(name, stem)) {
                *out = (struct numbered){{name, stem}, (size_t)(part - name) + n,
                                         (uint32_t)strtoul(part + digits, NULL, 10)};
                return true;
            }
        }
        part = part[n] ? part + n + 1 : NULL;
    }
    return false;
}

static void stack_free(gpointer data)
{
    struct stack *stack = data;

    likeness_destroy(stack->like);
    g_free(stack);
}

static struct stack *note_number(struct arch_blocks *b, const struct numbered *at, GPtrArray *order)
{
    struct stack *stack = g_hash_table_lookup(b->stacks, &at->stem);

    if (!stack) {
        stack = g_new0(struct stack, 1);
        stack->stem = at->stem;
        g_hash_table_insert(b->stacks, &stack->stem, stack);
        g_ptr_array_add(order, stack);
    }
    stack->n = MAX(stack->n, at->number + 1);
    return stack;
}

static void read_names(struct arch_blocks *b, const struct source *s, bool unworded,
                       struct numbered *at, GPtrArray *order)
{
    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const struct tensor *t = &s->tensors[i];
        struct stack *stack;

        if (t->kind == TENSOR_OPTIMIZER || !find_number(t->name, unworded, &at[i]))
            continue;
        stack = note_number(b, &at[i], order);
        if (!unworded)
            continue;
        if (!stack->like)
            stack->like = likeness_create();
        likeness_add(stack->like, at[i].number, t->name + at[i].end);
    }
}

/* One after the other, in the order of appearance. */
static void line_up(struct arch_blocks *b, const GPtrArray *order)
{
    for (guint i = 0; i < order->len; i++) {
        struct stack *stack = g_ptr_array_index(order, i);
        struct stem *bare;

        if (stack->n > ARCH_MOST_BLOCKS - b->n ||
            (stack->like && !likeness_is_stack(stack->like))) {
            g_hash_table_remove(b->stacks, &stack->stem);
            continue;
        }
        stack->first = b->n;
        b->n += stack->n;
        if (stack->stem.n == 0 || stack->stem.text[stack->stem.n - 1] != '_')
            continue;
        bare = g_memdup2(&stack->stem, sizeof *bare);
        bare->n--;
        g_hash_table_insert(b->bare, bare, stack);
    }
}

/* Keras leaves the number off the first of a kind: "block" beside "block_1". */
static const struct stack *unnumbered_stack(const struct arch_blocks *b, const char *name,
                                            size_t *end)
{
    if (g_hash_table_size(b->bare) == 0)
        return NULL;
    for (const char *part = name; part;) {
        const struct stack *stack;

        *end = (size_t)(part - name) + strcspn(part, ".");
        stack = g_hash_table_lookup(b->bare, &(struct stem){name, *end});
        if (stack)
            return stack;
        part = name[*end] ? name + *end + 1 : NULL;
    }
    return NULL;
}

static struct block_name place_name(const struct arch_blocks *b, const char *name,
                                    const struct numbered *at)
{
    size_t end = at->end;
    const struct stack *stack = at->stem.text ? g_hash_table_lookup(b->stacks, &at->stem)
                                              : unnumbered_stack(b, name, &end);

    if (!stack)
        return (struct block_name){-1, name};
    return (struct block_name){(int32_t)(stack->first + at->number),
                               name[end] ? name + end + 1 : name + end};
}

struct arch_blocks *arch_blocks_find(const struct source *s)
{
    struct arch_blocks *b = g_new0(struct arch_blocks, 1);
    struct numbered *at = g_new0(struct numbered, s->n_tensors);
    GPtrArray *order = g_ptr_array_new(); /* of appearance */

    b->stacks = g_hash_table_new_full(stem_hash, stem_equal, NULL, stack_free);
    b->bare = g_hash_table_new_full(stem_hash, stem_equal, g_free, NULL);
    b->names = g_new(struct block_name, s->n_tensors);
    read_names(b, s, false, at, order);
    if (order->len == 0)
        read_names(b, s, true, at, order);
    line_up(b, order);
    for (uint32_t i = 0; i < s->n_tensors; i++)
        b->names[i] = s->tensors[i].kind != TENSOR_OPTIMIZER
                          ? place_name(b, s->tensors[i].name, &at[i])
                          : (struct block_name){-1, s->tensors[i].name};
    g_ptr_array_free(order, TRUE);
    g_free(at);
    return b;
}

void arch_blocks_destroy(struct arch_blocks *b)
{
    if (!b)
        return;
    g_hash_table_destroy(b->stacks);
    g_hash_table_destroy(b->bare);
    g_free(b->names);
    g_free(b);
}

uint32_t arch_blocks_count(const struct arch_blocks *b)
{
    return b->n;
}

int32_t arch_blocks_of(const struct arch_blocks *b, uint32_t tensor, const char **rest)
{
    *rest = b->names[tensor].rest;
    return b->names[tensor].block;
}
