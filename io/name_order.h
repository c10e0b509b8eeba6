/* The order of names a reader expects: layer 2 before layer 10, embeddings first, the head last.
 *
 * A key is a string whose strcmp order is that order, so that sorting 30,000 names is cheap. Keys
 * compare part by part: what shares a prefix stays together. */
#ifndef TARE_IO_NAME_ORDER_H
#define TARE_IO_NAME_ORDER_H

#include <glib.h>

/* Appends the key of one part: runs of digits by value, then a terminator below every character. */
void name_order_part(GString *key, const char *part, gsize bytes);

/* The same after the rank of the part's word (embeddings ... head), see the table in the .c. */
void name_order_ranked_part(GString *key, const char *part, gsize bytes);

/* Ranked keys of the parts of a whole name, split at '.' and '/'. */
void name_order_key(GString *key, const char *name);

#endif
