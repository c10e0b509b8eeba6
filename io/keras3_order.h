/* The order of numbered layers in a .weights.h5: by the configuration, else by how they lie in the
 * file, else by name.
 *
 * Numbers order the layers of one class only. Keras writes layer after layer, so the addresses of
 * their first datasets' headers tell how classes interleave, unless they contradict the numbers (a
 * file that was repacked); then names decide. */
#ifndef TARE_IO_KERAS3_ORDER_H
#define TARE_IO_KERAS3_ORDER_H

#include "io/dialect.h"
#include "io/keras_config.h"

struct keras3_order;

/* Borrows the claims and their listing. */
struct keras3_order *keras3_order_create(const struct claims *c);
void keras3_order_destroy(struct keras3_order *order);

/* Appends the key of group `object` among its siblings. config: its entry in the layer list, or
 * NULL; shown: its name as users see it. */
void keras3_order_append(const struct keras3_order *order, guint32 object,
                         const struct keras_layer *config, const char *shown, GString *key);

#endif
