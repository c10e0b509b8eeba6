/* What each token of one example looks at, in one block, by both models: all heads, kept.
 *
 * Runs the nets on the calling thread (a worker's job, not the UI's); afterwards it is immutable.
 */
#ifndef TARE_CORE_ATTENTION_PATTERN_H
#define TARE_CORE_ATTENTION_PATTERN_H

#include "core/activity.h"

/* Of both sides together; longer examples are refused with how long they may be. */
#define ATTENTION_PATTERN_BYTES (512u << 20)

struct attention_pattern {
    uint32_t block, heads, n;
    uint32_t *ids;                  /* [n] */
    float *weights[ACTIVITY_SIDES]; /* [heads][n][n], query by key; tuned NULL: one model */
    bool causal;
    uint32_t window; /* 0: no limit */
};

/* tuned may be NULL. */
struct attention_pattern *attention_pattern_run(struct net *base, struct net *tuned,
                                                const uint32_t *ids, uint32_t n, uint32_t block,
                                                const gint *cancelled, GError **error);
void attention_pattern_destroy(struct attention_pattern *p); /* NULL is fine */

/* The model can't look there: something else than a weight of 0. */
bool attention_masked(const struct attention_pattern *p, uint32_t query, uint32_t key);

enum attention_show { ATTENTION_OF_BASE, ATTENTION_OF_TUNED, ATTENTION_OF_DELTA };

/* A picture: cell (r, c) stands for `step` queries from first_query + r step on and as many keys,
 * and shows their largest weight (of DELTA the one largest in magnitude, with its sign). */
struct attention_picture {
    uint32_t head, first_query, first_key, step, rows, columns;
    enum attention_show show;
};

/* The smallest step with which n tokens fit into so many cells. */
uint32_t attention_step(uint32_t n, uint32_t cells);
/* cells[rows][columns]; NAN: all of it is masked, or beyond the example. */
void attention_draw(const struct attention_pattern *p, const struct attention_picture *picture,
                    float *cells);

/* A query's row, read out. NAN of tuned: one model. */
struct attention_row {
    double entropy[ACTIVITY_SIDES]; /* bits */
    double first[ACTIVITY_SIDES], previous[ACTIVITY_SIDES], self[ACTIVITY_SIDES];
    double variation; /* sum |A1 - A0| / 2, total variation: 0 to 1 */
};
void attention_row_of(const struct attention_pattern *p, uint32_t head, uint32_t query,
                      struct attention_row *out);
/* The k keys with the largest weight (DELTA: largest change); how many. */
uint32_t attention_keys(const struct attention_pattern *p, uint32_t head, uint32_t query,
                        enum attention_show show, uint32_t k, uint32_t *keys);

#endif
