/* How a run stands, in the words of who runs or watches it: what a view of it says. */
#ifndef TARE_CORE_TRAIN_RUN_STATUS_H
#define TARE_CORE_TRAIN_RUN_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct run_status {
    const char *state;                  /* "PAUSED", "RUN", "live"; static; NULL: there is none */
    const char *note;                   /* one line, raw, until the next status; NULL: none */
    bool steps_here;                    /* it can be stepped, paused and put back from here */
    bool moves;                         /* something may happen without being asked for */
    uint64_t step, steps;               /* behind it, in all; 0: not known */
    double learning_rate, weight_decay; /* as they are set now; NAN: not known */
    double tokens_per_second, seconds_left; /* NAN: not known */
    const uint64_t *kept; /* [n_kept] steps that one can go back to, ascending; borrowed */
    uint32_t n_kept;
    uint64_t shown; /* the step that the views look at; UINT64_MAX: none of this run's */
};

#endif
