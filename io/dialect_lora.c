/* Adapters only: KerasHub's .lora.h5 (numbered layers) and PEFT's names. */
#include "io/dialects.h"

#include <string.h>
#include "io/name_order.h"

#define HUB_RANK "/lora/vars/rank"

static gboolean all_peft(const struct listing *l)
{
    guint adapters = 0;

    for (guint32 i = 0; i < l->objects->len; i++) {
        const struct listing_object *o = listing_object(l, i);

        if (o->kind != LISTING_DATASET || !listing_dataset(l, o->dataset)->numeric)
            continue;
        if (!strstr(listing_text(l, o->path), "lora_"))
            return FALSE;
        adapters++;
    }
    return adapters > 0;
}

static gboolean lora_match(const struct claims *c)
{
    return claims_find(c, HUB_RANK) != LISTING_NONE || all_peft(c->listing);
}

/* "/lora/9/vars/lora_kernel_a" -> "lora.9.lora_kernel_a" */
static void claim_hub(struct claims *c, guint32 i, const char *path)
{
    const char *vars = strstr(path, "/vars/");
    GString *name, *key;
    struct claim *claim;

    if (!vars)
        return;
    name = g_string_new_len(path + 1, (gssize)(vars - path - 1));
    g_string_append_c(name, '.');
    g_string_append(name, vars + strlen("/vars/"));
    g_strdelimit(name->str, "/", '.');
    key = g_string_new(NULL);
    name_order_key(key, name->str);
    claim = claims_name(c, i, name->str, key->str);
    if (claim && strcmp(path, HUB_RANK) == 0)
        claim->kind = TENSOR_STATE;
    g_string_free(key, TRUE);
    g_string_free(name, TRUE);
}

static void lora_claim(struct claims *c)
{
    const struct listing *l = c->listing;

    for (guint32 i = 0; i < l->objects->len; i++) {
        const struct listing_object *o = listing_object(l, i);
        const char *path = listing_text(l, o->path);

        if (o->kind == LISTING_DATASET && g_str_has_prefix(path, "/lora/"))
            claim_hub(c, i, path);
    }
}

const struct dialect dialect_lora = {"lora", lora_match, lora_claim};
