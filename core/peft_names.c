#include "core/peft_names.h"

#include <string.h>
#include "core/match.h"

#define PREFIX "base_model.model."

void peft_names_init(struct peft_names *p)
{
    *p = (struct peft_names){.factors = g_ptr_array_new_with_free_func(g_free),
                             .wholes = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
                             .by_stem = g_hash_table_new(g_str_hash, g_str_equal),
                             .strings = g_string_chunk_new(4096)};
}

void peft_names_finish(struct peft_names *p)
{
    g_hash_table_destroy(p->by_stem);
    g_ptr_array_free(p->factors, TRUE);
    g_array_free(p->wholes, TRUE);
    g_string_chunk_free(p->strings);
}

const char *peft_bare_name(const char *name)
{
    return g_str_has_prefix(name, PREFIX) ? name + strlen(PREFIX) : name;
}

static struct factors *factors_of(struct peft_names *p, const char *stem)
{
    struct factors *f = g_hash_table_lookup(p->by_stem, stem);

    if (f)
        return f;
    f = g_new0(struct factors, 1);
    *f = (struct factors){.stem = stem, .a = PAIR_NONE, .b = PAIR_NONE};
    g_hash_table_insert(p->by_stem, (gpointer)stem, f);
    g_ptr_array_add(p->factors, f);
    return f;
}

static gboolean refuse(const struct adapting *in, uint32_t tensor, GError **error, const char *why)
{
    adapter_refuse(in, in->file->tensors[tensor].name, error, "%s", why);
    return FALSE;
}

/* "lora_A.weight", "lora_A.NAME.weight", of embeddings "lora_embedding_A" and
 * "lora_embedding_A.NAME": the name, "" if there is none; NULL: something else. */
static char *adapter_name(const char *after, bool embedding)
{
    const char *end = after + strlen(after);

    if (g_str_has_suffix(after, ".weight"))
        end -= strlen(".weight");
    else if (!embedding)
        return NULL;
    if (after == end)
        return g_strdup("");
    return *after != '.' || memchr(after + 1, '.', (size_t)(end - after - 1))
               ? NULL
               : g_strndup(after + 1, (gsize)(end - after - 1));
}

static gboolean take_factor(struct peft_names *p, const struct adapting *in, uint32_t i,
                            const char *part, GError **error)
{
    const char *name = peft_bare_name(in->file->tensors[i].name);
    bool embedding = g_str_has_prefix(part, "lora_embedding_");
    const char *letter = part + strlen(embedding ? "lora_embedding_" : "lora_");
    char *named, *stem;
    struct factors *f;
    uint32_t *side;

    if (g_str_has_prefix(part, "lora_magnitude_vector"))
        return refuse(in, i, error, "DoRA scales columns beside the low-rank sum: not supported");
    if (part == name || (*letter != 'A' && *letter != 'B') ||
        !(named = adapter_name(letter + 1, embedding)))
        return refuse(in, i, error, "not one of PEFT's names for a low-rank factor");
    stem = g_strndup(name, (gsize)(part - name - 1));
    f = factors_of(p, g_string_chunk_insert_const(p->strings, stem));
    g_free(stem);
    side = *letter == 'A' ? &f->a : &f->b;
    if (f->named && strcmp(f->named, named) != 0) {
        g_free(named);
        return refuse(in, i, error, "the file holds more than one adapter of this target");
    }
    f->named = g_string_chunk_insert_const(p->strings, named);
    g_free(named);
    if (*side != PAIR_NONE)
        return refuse(in, i, error, "a second factor of the same target and side");
    f->embedding = embedding;
    *side = i;
    return TRUE;
}

gboolean peft_names_read(struct peft_names *p, const struct adapting *in, GError **error)
{
    for (uint32_t i = 0; i < in->file->n_tensors; i++) {
        const char *part = adapter_part(in->file->tensors[i].name);

        if (in->file->tensors[i].kind != TENSOR_WEIGHT)
            continue;
        if (!part)
            g_array_append_val(p->wholes, i);
        else if (!take_factor(p, in, i, part, error))
            return FALSE;
    }
    return TRUE;
}

double peft_alpha_of(const struct adapter_config *c, const char *stem)
{
    size_t n = strlen(stem);

    for (uint32_t i = 0; c && i < c->n_alphas; i++) {
        size_t k = strlen(c->alphas[i].name);

        if (k <= n && strcmp(stem + n - k, c->alphas[i].name) == 0 &&
            (k == n || stem[n - k - 1] == '.'))
            return c->alphas[i].alpha;
    }
    return c ? c->alpha : 0;
}
