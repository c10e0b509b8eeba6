#include "io/dialect.h"

#include <string.h>
#include "io/dialects.h"
#include "io/kind.h"
#include "io/name_order.h"

const struct dialect *const dialect_table[] = {&dialect_lora,   &dialect_hf_tf, &dialect_keras2,
                                               &dialect_keras3, &dialect_plain, NULL};

#define ALIAS_STEPS 8

const struct dialect *dialect_find(const struct claims *c)
{
    gsize i = 0;

    while (dialect_table[i + 1] && !dialect_table[i]->match(c))
        i++;
    return dialect_table[i];
}

static const char *own_config(const struct listing *l)
{
    const char *text = listing_attribute_text(l, 0, "model_config");

    return text ? text : listing_attribute_text(l, 0, "config");
}

struct claims *claims_create(const struct listing *l, const char *config)
{
    struct claims *c = g_new0(struct claims, 1);
    const char *own = l->objects->len ? own_config(l) : NULL;

    c->listing = l;
    c->of = g_new0(struct claim, l->objects->len);
    c->strings = g_string_chunk_new(64 << 10);
    c->config = own ? own : config;
    c->warnings = g_ptr_array_new_with_free_func(g_free);
    c->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint32 i = 0; i < l->objects->len; i++)
        g_hash_table_insert(c->by_path, (gpointer)listing_text(l, listing_object(l, i)->path),
                            GUINT_TO_POINTER(i + 1));
    return c;
}

void claims_destroy(struct claims *c)
{
    if (!c)
        return;
    g_hash_table_destroy(c->by_path);
    g_ptr_array_free(c->warnings, TRUE);
    g_string_chunk_free(c->strings);
    g_free(c->of);
    g_free(c);
}

guint32 claims_find(const struct claims *c, const char *path)
{
    guint32 at = GPOINTER_TO_UINT(g_hash_table_lookup(c->by_path, path));

    if (!at--)
        return LISTING_NONE;
    for (int steps = 0; listing_object(c->listing, at)->kind == LISTING_ALIAS; steps++) {
        at = listing_object(c->listing, at)->target;
        if (at >= c->listing->objects->len || steps == ALIAS_STEPS)
            return LISTING_NONE;
    }
    return at;
}

struct claim *claims_name(struct claims *c, guint32 object, const char *name, const char *key)
{
    struct claim *claim;

    if (object >= c->listing->objects->len || !name[0] ||
        listing_object(c->listing, object)->kind != LISTING_DATASET)
        return NULL;
    claim = &c->of[object];
    if (claim->name)
        return NULL;
    claim->path = listing_text(c->listing, listing_object(c->listing, object)->path);
    claim->name = g_string_chunk_insert(c->strings, name);
    claim->key = g_string_chunk_insert(c->strings, key);
    return claim;
}

void claims_warn(struct claims *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(c->warnings, g_strdup_vprintf(format, args));
    va_end(args);
}

static gboolean append_strings(const struct claims *c, guint32 object, const char *name,
                               GPtrArray *out)
{
    guint32 count;
    const guint32 *strings = listing_attribute_strings(c->listing, object, name, &count);

    for (guint32 i = 0; strings && i < count; i++)
        g_ptr_array_add(out, (gpointer)listing_text(c->listing, strings[i]));
    return strings != NULL;
}

gboolean claims_strings(const struct claims *c, guint32 object, const char *name, GPtrArray *out)
{
    gboolean found = append_strings(c, object, name, out);
    gboolean more = !found;

    for (guint piece = 0; more; piece++) {
        char *numbered = g_strdup_printf("%s%u", name, piece);

        more = append_strings(c, object, numbered, out);
        found |= more;
        g_free(numbered);
    }
    return found;
}

gboolean claims_path_is_plain(const char *path)
{
    for (;;) {
        gsize bytes = strcspn(path, "/");

        if (bytes == 0 || (bytes == 1 && path[0] == '.') || (bytes == 2 && !memcmp(path, "..", 2)))
            return FALSE;
        if (!path[bytes])
            return TRUE;
        path += bytes + 1;
    }
}

/* Keys sort by section first: the model, state at the top, the optimizer. */
static void add_section(struct claims *c, guint32 i, const char *path)
{
    struct claim *claim = &c->of[i];
    char section = claim->kind == TENSOR_OPTIMIZER                 ? '3'
                   : kind_is_apart(path, claim->name, claim->kind) ? '2'
                                                                   : '1';
    char *key = g_strdup_printf("%c%s", section, claim->key);

    claim->key = g_string_chunk_insert(c->strings, key);
    g_free(key);
}

char *claims_name_of_path(const char *path)
{
    char *name = g_strdup(path[0] == '/' ? path + 1 : path);

    return g_strdelimit(name, "/", '.');
}

static char *key_of_name(const char *name)
{
    GString *key = g_string_new("\x7f");

    name_order_key(key, name);
    return g_string_free(key, FALSE);
}

/* Plain rules: the path with dots, in the order of names, after everything a dialect placed. */
static void claim_by_path(struct claims *c, guint32 i, const char *path)
{
    char *name = claims_name_of_path(path), *key = key_of_name(name);
    struct claim *claim = claims_name(c, i, name[0] ? name : path, key);

    claim->path = path;
    g_free(key);
    g_free(name);
}

/* Of hard links to one dataset none is first; the name that comes first in a model is shown, so
 * that a tied embedding is not called by its head. */
static void prefer_links(struct claims *c, const char **paths)
{
    for (guint32 i = 0; i < c->listing->objects->len; i++) {
        const struct listing_object *o = listing_object(c->listing, i);
        const char *path = listing_text(c->listing, o->path);
        char *ours, *theirs;

        if (o->kind != LISTING_ALIAS || o->soft || o->target >= c->listing->objects->len)
            continue;
        ours = key_of_name(path + 1);
        theirs = key_of_name(paths[o->target] + 1);
        if (strcmp(ours, theirs) < 0)
            paths[o->target] = path;
        g_free(theirs);
        g_free(ours);
    }
}

static void claim_the_rest(struct claims *c)
{
    guint32 n = c->listing->objects->len;
    const char **paths = g_new(const char *, n);

    for (guint32 i = 0; i < n; i++)
        paths[i] = listing_text(c->listing, listing_object(c->listing, i)->path);
    prefer_links(c, paths);
    for (guint32 i = 0; i < n; i++) {
        const struct listing_object *o = listing_object(c->listing, i);

        if (o->kind == LISTING_DATASET && !c->of[i].name &&
            listing_dataset(c->listing, o->dataset)->readable)
            claim_by_path(c, i, paths[i]);
    }
    g_free(paths);
}

/* Names given so far, and of those that came twice the next number to try. */
struct names {
    GHashTable *seen, *numbers;
};

/* Two datasets of one name: the later one is called by its path, and if need be gets a number. */
static void make_unique(struct claims *c, struct names *names, struct claim *claim)
{
    char *path_name;
    const char *base;
    guint number;

    if (g_hash_table_add(names->seen, (gpointer)claim->name))
        return;
    path_name = claims_name_of_path(claim->path);
    base = g_string_chunk_insert_const(c->strings, path_name);
    number = GPOINTER_TO_UINT(g_hash_table_lookup(names->numbers, base));
    do {
        char *name = number ? g_strdup_printf("%s#%u", base, number + 1) : g_strdup(base);

        claim->name = g_string_chunk_insert(c->strings, name);
        g_free(name);
        number++;
    } while (!g_hash_table_add(names->seen, (gpointer)claim->name));
    g_hash_table_insert(names->numbers, (gpointer)base, GUINT_TO_POINTER(number));
    g_free(path_name);
}

static const struct claim *find_named(const struct claims *c, GHashTable *by_name, const char *stem,
                                      const char *ending, guint32 *at)
{
    char *name = g_strconcat(stem, ending, NULL);
    guint32 found = GPOINTER_TO_UINT(g_hash_table_lookup(by_name, name));

    g_free(name);
    *at = found - 1;
    return found ? &c->of[found - 1] : NULL;
}

static enum dtype dtype_of(const struct claims *c, guint32 i)
{
    return listing_dataset(c->listing, listing_object(c->listing, i)->dataset)->dtype;
}

static gboolean is_float(const struct claims *c, guint32 i)
{
    return dtype_of(c, i) <= DTYPE_F64;
}

static const char quantised_note[] =
    "quantised: codes and scales are shown as stored and left out of the sums";

static void mark_quantised(struct claims *c, guint32 i)
{
    c->of[i].kind = TENSOR_OTHER;
    c->of[i].note = quantised_note;
}

/* int8 codes are known by the scale stored beside them. TRUE if these are codes. */
static gboolean mark_codes(struct claims *c, GHashTable *by_name, guint32 i)
{
    static const char *const companions[] = {"_zero", "_scale"};
    const char *name = c->of[i].name, *dot = strrchr(name, '.');
    guint32 at;

    if (!find_named(c, by_name, name, "_scale", &at) || !is_float(c, at))
        return FALSE;
    mark_quantised(c, i);
    for (gsize k = 0; k < G_N_ELEMENTS(companions); k++)
        if (find_named(c, by_name, name, companions[k], &at))
            mark_quantised(c, at);
    if (dot) {
        char *layer = g_strndup(name, (gsize)(dot - name));

        if (find_named(c, by_name, layer, ".g_idx", &at))
            mark_quantised(c, at);
        g_free(layer);
    }
    return TRUE;
}

/* float8 training keeps whole kernels; only its scales are no weights. */
static gboolean is_float8_scale(const struct claims *c, GHashTable *by_name, guint32 i)
{
    const char *name = c->of[i].name;
    char *stem;
    guint32 at;
    gboolean found;

    if (!g_str_has_suffix(name, "_scale"))
        return FALSE;
    stem = g_strndup(name, strlen(name) - strlen("_scale"));
    found = find_named(c, by_name, stem, "_amax_history", &at) != NULL;
    g_free(stem);
    return found;
}

static void mark_pairs(struct claims *c, GHashTable *by_name)
{
    guint codes = 0;

    for (guint32 i = 0; i < c->listing->objects->len; i++) {
        if (!c->of[i].name || c->of[i].kind != TENSOR_WEIGHT)
            continue;
        if (dtype_of(c, i) == DTYPE_I8)
            codes += mark_codes(c, by_name, i);
        else if (is_float8_scale(c, by_name, i))
            mark_quantised(c, i);
    }
    if (codes)
        claims_warn(c,
                    "%u quantised tensors: codes and scales are shown as stored and left out "
                    "of the sums",
                    codes);
}

void claims_finish(struct claims *c)
{
    struct names names = {g_hash_table_new(g_str_hash, g_str_equal),
                          g_hash_table_new(g_str_hash, g_str_equal)};
    GHashTable *by_name = g_hash_table_new(g_str_hash, g_str_equal);

    claim_the_rest(c);
    for (guint32 i = 0; i < c->listing->objects->len; i++) {
        const struct listing_object *o = listing_object(c->listing, i);
        const char *path = c->of[i].path;

        if (o->kind != LISTING_DATASET || !listing_dataset(c->listing, o->dataset)->readable)
            continue;
        make_unique(c, &names, &c->of[i]);
        if (c->of[i].kind == TENSOR_WEIGHT)
            c->of[i].kind = kind_of(path, c->of[i].name);
        add_section(c, i, path);
        g_hash_table_insert(by_name, (gpointer)c->of[i].name, GUINT_TO_POINTER(i + 1));
    }
    mark_pairs(c, by_name);
    g_hash_table_destroy(by_name);
    g_hash_table_destroy(names.numbers);
    g_hash_table_destroy(names.seen);
}
