/* The layer list in a Keras model configuration: names, classes, order, nesting.
 *
 * Only ever data: class names and code in a configuration are read as text. A tree of plain
 * structs, immutable once parsed; everything in it is owned by its root. */
#ifndef TARE_IO_KERAS_CONFIG_H
#define TARE_IO_KERAS_CONFIG_H

#include <glib.h>

struct keras_layer {
    char *name;       /* config.name, "" if absent */
    char *class_name; /* "Conv2D", "" if absent */
    guint position;   /* in its parent's list */
    gboolean use_bias, center, scale;
    gboolean wrapped;     /* from the parent's `layer` (or `backward_layer`), not from a list */
    GPtrArray *layers;    /* children: the list of a model, or what a wrapper wraps; never NULL */
    GHashTable *by_name;  /* name -> child, the first of equals; NULL without children */
    GHashTable *by_group; /* group name in a .weights.h5 -> child of the list, or NULL */
};

/* The model, or NULL: not JSON, or not a Keras configuration. The message has no file name. */
struct keras_layer *keras_config_parse(const char *text, GError **error);
void keras_layer_destroy(struct keras_layer *layer);

/* Children; NULL if there is none, or parent is NULL. */
const struct keras_layer *keras_layer_named(const struct keras_layer *parent, const char *name);
const struct keras_layer *keras_layer_grouped(const struct keras_layer *parent, const char *group);

/* The deepest layer along the parts of a weight's path ("head/dense_12/kernel"), parts that name
 * no layer skipped; NULL if none does. */
const struct keras_layer *keras_layer_along(const struct keras_layer *model, const char *path);

/* Keras's group name of a class: "Conv2DTranspose" -> "conv2d_transpose". Owned by the caller. */
char *keras_snake_case(const char *class_name);

#endif
