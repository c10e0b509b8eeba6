/* Arrays by name out of a file of tests/oracle (lines "name type count", each followed by the
 * values), and the models among them. Aborts the test where something is missing. */
#ifndef TARE_TESTS_NET_ORACLE_H
#define TARE_TESTS_NET_ORACLE_H

#include "core/net/weights.h"

struct net_oracle;

/* file: below TARE_ORACLE. */
struct net_oracle *net_oracle_open(const char *file);
void net_oracle_close(struct net_oracle *o);

/* Aligned values, owned by o; NULL: none of that name. */
const float *net_oracle_maybe(const struct net_oracle *o, const char *name, gsize *n);
const float *net_oracle_floats(const struct net_oracle *o, const char *name, gsize *n);
const double *net_oracle_doubles(const struct net_oracle *o, const char *name, gsize *n);
const uint32_t *net_oracle_numbers(const struct net_oracle *o, const char *name, gsize *n);

/* What "model.spec.*" and "model.*" say, borrowed from o; matrices converted to dtype (f32, bf16),
 * owned by w. */
void net_oracle_model(const struct net_oracle *o, const char *model, enum dtype dtype,
                      struct net_weights *w);
void net_oracle_model_finish(struct net_weights *w);

#endif
