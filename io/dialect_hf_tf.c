/* HuggingFace TF (tf_model.h5): Keras 2 attributes around one big layer whose weight names carry
 * the model's name and spell "." as "_._". */
#include "io/dialects.h"

#include <string.h>

/* "tfgpt2lm_head_model/transformer/..." -> past the model's name; NULL if it is not like that. */
static const char *after_model(const char *weight)
{
    const char *slash = strchr(weight, '/');

    return slash && strncmp(weight, "tf", 2) == 0 && memchr(weight, '_', (gsize)(slash - weight)) &&
                   strchr(slash + 1, '/')
               ? slash + 1
               : NULL;
}

/* TRUE if the weights of a layer hang under a model's name: {layer}/tf..._model/{layer}/... */
static gboolean layer_matches(const struct claims *c, guint32 object)
{
    const struct listing_object *o = listing_object(c->listing, object);
    const char *layer = listing_text(c->listing, o->name);
    GPtrArray *weights = g_ptr_array_new();
    gboolean matches = FALSE;

    claims_strings(c, object, "weight_names", weights);
    for (guint i = 0; i < weights->len && !matches; i++) {
        const char *rest = after_model(g_ptr_array_index(weights, i));
        gsize bytes = strlen(layer);

        matches = rest && strncmp(rest, layer, bytes) == 0 && rest[bytes] == '/';
    }
    g_ptr_array_free(weights, TRUE);
    return matches;
}

static gboolean hf_tf_match(const struct claims *c)
{
    const struct listing *l = c->listing;

    if (legacy_root(c) != 0)
        return FALSE;
    for (guint32 i = 1; i < l->objects->len; i++) {
        const struct listing_object *o = listing_object(l, i);

        if (o->kind == LISTING_GROUP && o->parent == 0 && layer_matches(c, i))
            return TRUE;
        /* Shards leave the model's name and the attributes out. */
        if (o->kind == LISTING_DATASET && strstr(listing_text(l, o->path), "_._"))
            return TRUE;
    }
    return FALSE;
}

static char *hf_tf_name(const char *layer, const char *weight)
{
    const char *rest = after_model(weight);
    char *path = rest ? g_strdup(rest) : g_strconcat(layer, "/", weight, NULL);
    char **parts = g_strsplit(path, "/", -1);
    GString *name = g_string_new(NULL);

    for (guint i = 0; parts[i]; i++) {
        char *colon = parts[i + 1] ? NULL : strrchr(parts[i], ':');

        if (colon)
            *colon = '\0';
        if (i && strcmp(parts[i], parts[i - 1]) == 0)
            continue;
        g_string_append_printf(name, "%s%s", name->len ? "." : "", parts[i]);
    }
    g_string_replace(name, "_._", ".", 0);
    g_strfreev(parts);
    g_free(path);
    return g_string_free(name, FALSE);
}

static void hf_tf_claim(struct claims *c)
{
    legacy_claim(c, 0, hf_tf_name);
}

const struct dialect dialect_hf_tf = {"hf_tf", hf_tf_match, hf_tf_claim};
