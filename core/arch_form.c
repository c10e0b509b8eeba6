#include "core/arch_form.h"

#include <glib.h>
#include <string.h>

static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

void arch_form_rows(const struct tensor *t, struct place *place)
{
    place->row_axes = 0;
    if (t->rank < 2 || role_is_vector(t) || place->role == ROLE_NORM)
        return;
    place->row_axes = 1;
    if (place->orientation != ORIENTATION_IN_OUT || role_is_attention_input(place->role))
        return;
    /* Depthwise kernels {h,w,in,multiplier}: every in has outputs of its own. */
    if (place->role == ROLE_CONV && strstr(last_part(t->name), "depthwise"))
        place->row_axes = (uint8_t)(t->rank > 2 ? t->rank - 2 : 1);
    else
        place->row_axes = (uint8_t)(t->rank - 1);
}

enum orientation arch_form_orientation(const struct tensor *t, enum role role)
{
    const char *last = last_part(t->name);

    if (tensor_squeezed_rank(t) < 2 || role_is_vector(t) || role == ROLE_NORM)
        return ORIENTATION_NONE;
    if (strcmp(last, "reverse_embeddings") == 0)
        return ORIENTATION_IN_OUT;
    if (role == ROLE_EMBEDDING || role == ROLE_POSITION)
        return ORIENTATION_TABLE;
    if (t->layer_class && strstr(t->layer_class, "Transpose"))
        return ORIENTATION_NONE; /* {h,w,out,in}: no split in two says which way */
    if (g_str_has_suffix(last, "kernel") || strcmp(last, "lora_kernel_a") == 0 ||
        strcmp(last, "lora_kernel_b") == 0)
        return ORIENTATION_IN_OUT;
    return g_str_has_prefix(last, "weight") || g_str_has_suffix(last, "weight")
               ? ORIENTATION_OUT_IN
               : ORIENTATION_NONE;
}

bool arch_form_is_matrix(const struct tensor *t, enum role role)
{
    return t->kind == TENSOR_WEIGHT && role != ROLE_NORM && !role_is_vector(t) &&
           tensor_squeezed_rank(t) >= 2;
}

void arch_form_fill(const struct tensor *t, struct place *place)
{
    place->role = role_of(t);
    place->matrix = arch_form_is_matrix(t, place->role);
    place->orientation = arch_form_orientation(t, place->role);
    arch_form_rows(t, place);
}
