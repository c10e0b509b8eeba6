/* Keras v3 weights (.weights.h5): groups of numbered variables.
 *
 * Group names are classes and Python attributes; the user's names are in an attribute of `vars`
 * (Keras 3.6 on) or in config.json. One pass over the groups, parents first, gives each a name, a
 * key and what the configuration says; a second names the variables. */
#include "io/dialects.h"

#include <stdlib.h>
#include <string.h>
#include "io/keras3_order.h"
#include "io/keras_class.h"
#include "io/keras_config.h"
#include "io/name_order.h"

struct group {
    const char *name;                 /* canonical prefix, "" for the model itself */
    const char *key;                  /* key prefix */
    const struct keras_layer *config; /* or NULL */
    const struct keras_class *row;    /* or NULL */
    gboolean container;               /* holds numbered layers: no name of its own */
    gboolean apart;                   /* below /optimizer or /metrics: no layers there */
    guint n_variables;                /* of the `vars` group in it: highest number + 1 */
};

struct keras3 {
    struct claims *claims;
    const struct listing *listing;
    struct group *groups; /* one per object */
    struct keras_layer *config;
};

static const char *text_of(const struct keras3 *w, guint32 offset)
{
    return listing_text(w->listing, offset);
}

static gboolean is_container(const char *name)
{
    return strcmp(name, "layers") == 0 || strcmp(name, "_layer_checkpoint_dependencies") == 0;
}

/* The layer's own name as Keras stores it, or NULL. */
static const char *stored_name(const struct keras3 *w, guint32 group)
{
    const char *path = text_of(w, listing_object(w->listing, group)->path);
    char *vars = g_strconcat(path[1] ? path : "", "/vars", NULL);
    guint32 at = claims_find(w->claims, vars);
    const char *name = at != LISTING_NONE ? listing_attribute_text(w->listing, at, "name") : NULL;

    g_free(vars);
    return name && name[0] ? name : NULL;
}

/* Keras 2.12 counts layers with weights twice: dense, dense_2, dense_4 for three of them. */
static const struct keras_layer *config_of_doubled(const struct keras3 *w,
                                                   const struct keras_layer *parent,
                                                   const struct listing_object *o)
{
    const char *name = text_of(w, o->name);
    gsize stem = keras_group_stem(name);
    const char *container = text_of(w, listing_object(w->listing, o->parent)->path);
    char *odd = g_strdup_printf("%s/%.*s_1", container, (int)stem, name);
    guint64 number = name[stem] ? g_ascii_strtoull(name + stem + 1, NULL, 10) : 0;
    char *group;
    const struct keras_layer *found;

    if (claims_find(w->claims, odd) == LISTING_NONE)
        number /= 2;
    group = number ? g_strdup_printf("%.*s_%" G_GUINT64_FORMAT, (int)stem, name, number)
                   : g_strndup(name, stem);
    found = keras_layer_grouped(parent, group);
    g_free(group);
    g_free(odd);
    return found;
}

/* What wraps one layer keeps it in `layer` or `forward_layer`, and `backward_layer`. */
static const struct keras_layer *config_of_wrapped(const struct keras_layer *parent,
                                                   const char *group)
{
    gboolean back = strcmp(group, "backward_layer") == 0;

    if (!back && strcmp(group, "layer") != 0 && strcmp(group, "forward_layer") != 0)
        return NULL;
    for (guint i = 0; parent && i < parent->layers->len; i++) {
        const struct keras_layer *child = g_ptr_array_index(parent->layers, i);

        if (child->wrapped && (!back || i + 1 == parent->layers->len))
            return child;
    }
    return NULL;
}

/* The configuration's entry for a group; one of another name belongs to another file. */
static const struct keras_layer *config_of(const struct keras3 *w, const struct listing_object *o,
                                           const char *stored)
{
    const struct group *parent = &w->groups[o->parent];
    const char *name = text_of(w, o->name);
    const struct keras_layer *found;

    if (!parent->container)
        return config_of_wrapped(parent->config, name);
    found = strcmp(text_of(w, listing_object(w->listing, o->parent)->name), "layers") == 0
                ? keras_layer_grouped(parent->config, name)
                : config_of_doubled(w, parent->config, o);
    return found && stored && strcmp(found->name, stored) != 0 ? NULL : found;
}

/* Python attributes of Keras's own layers, as the layers themselves are called. */
static const char *sublayer_name(const char *group)
{
    static const char *const names[][2] = {{"query_dense", "query"},
                                           {"key_dense", "key"},
                                           {"value_dense", "value"},
                                           {"output_dense", "attention_output"}};
    const char *name = group[0] == '_' && group[1] ? group + 1 : group;

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i][0]) == 0)
            return names[i][1];
    return name;
}

/* Inside a layer the attribute a user gave ("ln1") beats an automatic name, which counts over the
 * whole session ("layer_normalization_7") and would pair nothing. */
static gboolean stored_name_is_better(const char *stored, const char *group)
{
    static const char *const generic[] = {"cell", "layer", "forward_layer", "backward_layer"};

    for (gsize i = 0; i < G_N_ELEMENTS(generic); i++)
        if (strcmp(group, generic[i]) == 0)
            return TRUE;
    return keras_group_stem(stored) == strlen(stored) && !keras_class_of_group(stored);
}

static const char *display_name(const struct keras3 *w, const struct listing_object *o,
                                const char *stored, const struct keras_layer *config)
{
    const struct group *parent = &w->groups[o->parent];
    const char *group = text_of(w, o->name);

    if (parent->apart || o->parent == 0)
        return group;
    if (parent->container)
        return stored ? stored : config && config->name[0] ? config->name : group;
    if (stored && stored_name_is_better(stored, group))
        return stored;
    return config && config->name[0] ? config->name : sublayer_name(group);
}

static const struct keras_class *class_of(const struct keras3 *w, const struct listing_object *o,
                                          const char *stored, const struct keras_layer *config)
{
    const char *name = text_of(w, o->name);
    const struct keras_class *row = config ? keras_class_named(config->class_name) : NULL;

    if (!row && w->groups[o->parent].container)
        return keras_class_of_group(name);
    if (!row && stored)
        row = keras_class_of_group(stored);
    return row ? row : keras_class_of_group(name[0] == '_' ? name + 1 : name);
}

static const char *chunk(const struct keras3 *w, char *text)
{
    const char *kept = g_string_chunk_insert(w->claims->strings, text);

    g_free(text);
    return kept;
}

static const char *join(const struct keras3 *w, const char *prefix, const char *name)
{
    return chunk(w, g_strconcat(prefix, prefix[0] ? "." : "", name, NULL));
}

static void enter_container(struct keras3 *w, guint32 i, const struct listing_object *o)
{
    const struct group *parent = &w->groups[o->parent];
    struct group *g = &w->groups[i];

    *g = *parent;
    g->n_variables = 0;
    g->container = TRUE;
    g->key = chunk(w, g_strconcat(parent->key, "l", NULL));
}

static void enter_group(struct keras3 *w, guint32 i, const struct keras3_order *order)
{
    const struct listing_object *o = listing_object(w->listing, i);
    const struct group *parent = &w->groups[o->parent];
    struct group *g = &w->groups[i];
    const char *name = text_of(w, o->name), *stored, *shown;
    GString *key;

    if (is_container(name) && !parent->apart && !parent->container) {
        enter_container(w, i, o);
        return;
    }
    stored = stored_name(w, i);
    g->apart =
        parent->apart ||
        (o->parent == 0 && (g_str_equal(name, "optimizer") || g_str_has_suffix(name, "metrics")));
    g->config = config_of(w, o, stored);
    g->row = class_of(w, o, stored, g->config);
    shown = display_name(w, o, stored, g->config);
    g->name = join(w, parent->name, shown);
    key = g_string_new(parent->key);
    keras3_order_append(order, i, parent->container ? g->config : NULL, shown, key);
    g->key = chunk(w, g_string_free(key, FALSE));
}

/* "vars/12" -> 12; G_MAXUINT if the name is no such number. */
static guint variable_number(const char *name)
{
    gsize digits = strspn(name, "0123456789");

    return digits && digits < 7 && !name[digits] ? (guint)strtoul(name, NULL, 10) : G_MAXUINT;
}

static gboolean is_vars(const struct keras3 *w, guint32 group)
{
    return group && strcmp(text_of(w, listing_object(w->listing, group)->name), "vars") == 0;
}

static guint32 *list_variables(const struct keras3 *w, guint32 vars, guint n)
{
    const char *path = text_of(w, listing_object(w->listing, vars)->path);
    guint32 *list = g_new(guint32, n);

    for (guint k = 0; k < n; k++) {
        char *variable = g_strdup_printf("%s/%u", path, k);

        list[k] = claims_find(w->claims, variable);
        g_free(variable);
    }
    return list;
}

static void describe(const struct keras3 *w, const guint32 *list, guint n, struct keras_variable *v)
{
    for (guint k = 0; k < n; k++) {
        const struct listing_dataset *d;

        if (list[k] == LISTING_NONE || listing_object(w->listing, list[k])->kind != LISTING_DATASET)
            continue;
        d = listing_dataset(w->listing, listing_object(w->listing, list[k])->dataset);
        v[k].known = d->readable;
        v[k].dtype = d->dtype;
        v[k].rank = d->rank;
    }
}

/* Cells have the class of what they are in; the rest goes by the ending of its name. */
static const struct keras_class *guess_row(const struct keras3 *w, guint32 owner,
                                           const struct keras_variable *v, guint n)
{
    const struct listing_object *o = listing_object(w->listing, owner);
    const struct group *g = &w->groups[owner], *parent = &w->groups[o->parent];
    const char *name = text_of(w, o->name);
    const struct keras_class *row = g->row;
    char *cell;

    if (row || g->apart)
        return row;
    if (strcmp(name, "cell") != 0)
        return keras_class_by_ending(name, v, n);
    cell = parent->row ? g_strconcat(parent->row->group, "_cell", NULL) : g_strdup("gru_cell");
    row = keras_class_of_group(cell);
    if (!row || !parent->row) {
        static const struct keras_class unknown = {
            "", "", {"kernel", "recurrent_kernel", "bias"}, {"bias"}};

        row = &unknown;
    }
    g_free(cell);
    return row;
}

static void optimizer_names(const struct keras_variable *v, guint n, const char **names)
{
    if (n && v[0].known && v[0].rank == 0 && v[0].dtype == DTYPE_I64)
        names[0] = "iteration";
    if (n > 1 && v[1].known && v[1].rank == 0 && v[1].dtype <= DTYPE_F64)
        names[1] = "learning_rate";
}

static void claim_variable(struct keras3 *w, const struct group *g, const struct keras_class *row,
                           guint32 object, guint number, const char *meaning)
{
    char *positional = g_strdup_printf("var_%u", number);
    char *key = g_strdup_printf("%s\x02%07u", g->key, number);
    const char *name = join(w, g->name, meaning ? meaning : positional);
    struct claim *claim = claims_name(w->claims, object, name, key);

    if (claim && g->config && g->config->class_name[0])
        claim->layer_class = g_string_chunk_insert_const(w->claims->strings, g->config->class_name);
    else if (claim && row && row->name[0])
        claim->layer_class = row->name;
    g_free(key);
    g_free(positional);
}

static void claim_vars(struct keras3 *w, guint32 vars)
{
    guint32 owner = listing_object(w->listing, vars)->parent;
    const struct group *g = &w->groups[owner];
    guint n = g->n_variables;
    guint32 *list;
    struct keras_variable *v;
    const char **names;
    const struct keras_class *row;

    if (!n)
        return;
    list = list_variables(w, vars, n);
    v = g_new0(struct keras_variable, n);
    names = g_new0(const char *, n);
    describe(w, list, n, v);
    row = guess_row(w, owner, v, n);
    if (g->apart && strcmp(g->name, "metrics") != 0 && !row)
        optimizer_names(v, n, names);
    else
        keras_class_variables(row, g->config, v, n, names);
    for (guint k = 0; k < n; k++)
        if (list[k] != LISTING_NONE)
            claim_variable(w, g, row, list[k], k, names[k]);
    g_free(names);
    g_free(v);
    g_free(list);
}

/* The owner of a numbered variable, NULL if the object is none. */
static struct group *owner_of_variable(struct keras3 *w, guint32 i, guint *number)
{
    const struct listing_object *o = listing_object(w->listing, i);

    *number = variable_number(text_of(w, o->name));
    if (*number == G_MAXUINT || o->kind == LISTING_GROUP || !is_vars(w, o->parent))
        return NULL;
    return &w->groups[listing_object(w->listing, o->parent)->parent];
}

/* A number far above the count is a lie that would cost memory; its dataset goes by its path. */
static void count_variables(struct keras3 *w)
{
    guint32 total = w->listing->objects->len;
    guint *children = g_new0(guint, total), number;
    struct group *owner;

    for (guint32 i = 1; i < total; i++)
        if ((owner = owner_of_variable(w, i, &number)))
            children[owner - w->groups]++;
    for (guint32 i = 1; i < total; i++)
        if ((owner = owner_of_variable(w, i, &number)) &&
            number < 2 * children[owner - w->groups] + 16)
            owner->n_variables = MAX(owner->n_variables, number + 1);
    g_free(children);
}

static gboolean keras3_match(const struct claims *c)
{
    for (guint32 i = 1; i < c->listing->objects->len; i++) {
        const struct listing_object *o = listing_object(c->listing, i);

        if (o->kind == LISTING_GROUP && strcmp(listing_text(c->listing, o->name), "vars") == 0)
            return TRUE;
    }
    return FALSE;
}

static void keras3_claim(struct claims *c)
{
    struct keras3 w = {.claims = c, .listing = c->listing};
    struct keras3_order *order;

    w.groups = g_new0(struct group, c->listing->objects->len);
    w.config = c->config ? keras_config_parse(c->config, NULL) : NULL;
    w.groups[0] = (struct group){.name = "", .key = "", .config = w.config};
    order = keras3_order_create(c);
    for (guint32 i = 1; i < c->listing->objects->len; i++)
        if (listing_object(c->listing, i)->kind == LISTING_GROUP)
            enter_group(&w, i, order);
    count_variables(&w);
    for (guint32 i = 1; i < c->listing->objects->len; i++)
        if (listing_object(c->listing, i)->kind == LISTING_GROUP && is_vars(&w, i))
            claim_vars(&w, i);
    keras3_order_destroy(order);
    keras_layer_destroy(w.config);
    g_free(w.groups);
}

const struct dialect dialect_keras3 = {"keras3", keras3_match, keras3_claim};
