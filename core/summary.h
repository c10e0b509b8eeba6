/* The one currency: what a scan produced, per pair entry, and everything pooled from it.
 *
 * Views draw it, reports print it, later a cache keeps it. Written by the thread that drains jobs
 * only; read by that thread. */
#ifndef TARE_CORE_SUMMARY_H
#define TARE_CORE_SUMMARY_H

#include "core/pair.h"
#include "core/scan/scan.h"

enum entry_state {
    ENTRY_WAITING,
    ENTRY_READING,
    ENTRY_DONE,
    ENTRY_FAILED,
    ENTRY_CANCELLED
};

struct entry_summary {
    enum entry_state state;
    char *error; /* ENTRY_FAILED; owned */
    struct scan_result result;
};

struct summary {
    struct entry_summary *entries; /* [n], as in the pairing */
    uint32_t n;
    uint32_t n_finished; /* done, failed or cancelled */
    uint32_t n_failed;
    uint64_t version; /* grows with every change */
};

void summary_init(struct summary *s, uint32_t n);
void summary_finish(struct summary *s);

/* Pooled numbers of any set of entries: a report's group numbers. All three norms are over the same
 * tensors, the matched ones: what one side lacks would make the ratio compare different sets. Added
 * in model order the result is the same to the last bit. */
struct rollup {
    uint64_t parameters;
    double base_l2, tuned_l2, delta_l2; /* over the set's matrices */
    double base_l1, tuned_l1, delta_l1;
    uint64_t all_parameters;
    double floor_l2, all_floor_l2; /* roots of sums of (floor * base_l2)^2 */
    double all_base_l2, all_tuned_l2, all_delta_l2; /* over all its weights */
    double sum_of_relatives, sum_of_floors;
    uint32_t n_relatives, n_base_zero;
    uint32_t n_entries, n_finished, n_failed; /* of kind weight, unmatched ones too */
    uint64_t nan, inf;   /* either side */
    bool has_delta;      /* at least one matrix or weight was subtracted */
};

void rollup_init(struct rollup *r);
/* One entry of kind TENSOR_WEIGHT (others are ignored); floor: the relative one of its types. */
void rollup_add(struct rollup *r, const struct tensor *t, const struct place *place,
                const struct pair_entry *pair, const struct entry_summary *e, double floor);
double rollup_relative(const struct rollup *r);          /* NAN: undefined */
double rollup_relative_all(const struct rollup *r);
/* What the stored types can resolve of rollup_relative: floors pooled as the ratio is, by the squared
 * base norms, the root of sum (floor |W0|)^2 over sum |W0|^2. NAN: undefined. */
double rollup_floor(const struct rollup *r);
double rollup_floor_all(const struct rollup *r);  /* of rollup_relative_all */
double rollup_mean_of_floors(const struct rollup *r); /* of rollup_mean_of_relatives */
/* A ratio that its storage can't tell from rounding; 0 is no change, whatever the storage. */
static inline bool below_floor(double relative, double floor)
{
    return relative > 0 && relative < floor;
}
double rollup_mean_of_relatives(const struct rollup *r);

#endif
