/* In which order KerasHub's classes make their sublayers: no file says it, a row a class, as the
 * sources of keras_hub/src/models have it. Private to core/hub_layers.c. */
#ifndef TARE_CORE_HUB_CLASSES_H
#define TARE_CORE_HUB_CLASSES_H

#include <glib.h>
#include <stdbool.h>

#define HUB_CLASS_NAMES 8
#define HUB_CLASS_SUBLAYERS 12

/* Sublayers in the order in which the class makes them, without a leading '_'. Children of a row
 * that a file lacks were not made (a norm that is optional, a projection that is fused). */
struct hub_class {
    const char *names[HUB_CLASS_NAMES]; /* groups of that class; blocks first of all */
    const char *sublayers[HUB_CLASS_SUBLAYERS];
    bool block;
};

/* The class of a group of that name; numbered: in a list of layers, where the name is the class and
 * a number. NULL: not known. */
const struct hub_class *hub_class_of(const char *name, bool numbered);
/* Length of the class in "transformer_decoder_12". */
gsize hub_class_length(const char *name);
/* Which of the class's sublayers, in the order they are made; -1: none of them. */
int hub_class_sublayer(const struct hub_class *of, const char *name);

#endif
