/* What Keras stores for a layer class: variables by position, a row per class.
 *
 * Files of Keras 3 number variables; their names follow from the class, from what is left out
 * (use_bias=False, scale=False) and from what quantisation adds. */
#ifndef TARE_IO_KERAS_CLASS_H
#define TARE_IO_KERAS_CLASS_H

#include "core/dtype.h"
#include "io/keras_config.h"

#define KERAS_CLASS_VARIABLES 6

struct keras_class {
    const char *group; /* as in group names: "conv2d" */
    const char *name;  /* "Conv2D" */
    const char *variables[KERAS_CLASS_VARIABLES];
    const char *optional[2]; /* what is missing first when there are fewer */
};

/* A stored variable, as far as its name depends on it. */
struct keras_variable {
    bool known; /* the dataset could be read */
    enum dtype dtype;
    uint8_t rank;
};

/* Row of a group name ("conv2d_3"), exact but for its number; NULL if there is none. */
const struct keras_class *keras_class_of_group(const char *group);
/* Row of a class name ("Conv2D"). */
const struct keras_class *keras_class_named(const char *name);
/* Row by the end of a group name that users or layers chose ("_query_dense", "ffn_layernorm"); a
 * matrix and a vector are a kernel and a bias whatever the name. NULL if nothing fits. */
const struct keras_class *keras_class_by_ending(const char *group, const struct keras_variable *v,
                                                guint n);

/* Fills those of names[n] whose position has a known meaning, with static strings. row and config
 * may be NULL. */
void keras_class_variables(const struct keras_class *row, const struct keras_layer *config,
                           const struct keras_variable *v, guint n, const char **names);

/* Bytes of a group name without its number: "dense_12" -> 5. */
gsize keras_group_stem(const char *group);

#endif
