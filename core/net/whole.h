/* A checkpoint as it is run: a comparison shows tables of the vocabulary cut to the rows that both
 * sides have, but a model needs all of its own. Private to core/net.
 *
 * Borrows the checkpoint; one thread. */
#ifndef TARE_CORE_NET_WHOLE_H
#define TARE_CORE_NET_WHOLE_H

#include "core/checkpoint.h"

struct net_whole {
    struct checkpoint c;        /* never destroyed itself */
    struct model_config config; /* what is believed of it */
    struct place *places;       /* own ones; NULL: the checkpoint's */
};

void net_whole_init(struct net_whole *w, const struct checkpoint *c);
void net_whole_finish(struct net_whole *w);

#endif
