/* The checkpoints that were read, a point of the timeline each. Pure; one thread at a time. */
#ifndef TARE_IO_WATCH_POINTS_H
#define TARE_IO_WATCH_POINTS_H

#include "core/watch_look.h"
#include "io/watch_file.h"

struct watch_point {
    char *name;
    bool numbered; /* by its name */
    uint64_t step; /* by its name; else what the log had reached, 0: nothing is known */
    struct sight sight;
    bool settled;
    struct watch_look *look;
};

struct watch_points {
    GPtrArray *all; /* struct watch_point, in the order they were read */
    bool by_name;   /* names may count the steps; else every content of one name is a point */
    guint64 version;
};

void watch_points_init(struct watch_points *p, bool by_name);
void watch_points_finish(struct watch_points *p);

/* Takes the look. What stands for the same content, or for the same step by name, is replaced, and
 * so is what an unfinished rewriting in place left before. logged: the step of the log, 0: none. */
const struct watch_point *watch_points_add(struct watch_points *p, const char *name,
                                           const struct sight *sight, struct watch_look *look,
                                           uint64_t logged);
/* The same numbers of the same content are there already. */
bool watch_points_has(const struct watch_points *p, const char *name, const struct sight *sight,
                      uint64_t fingerprint);
void watch_points_settle(struct watch_points *p, const char *name, const struct sight *sight);
void watch_points_rename(struct watch_points *p, const char *from, const char *to);
void watch_points_clear(struct watch_points *p);

/* Where a point stands: steps of those without a number come from their neighbours in time, or
 * count on. */
struct placed_point {
    const struct watch_point *of;
    uint64_t step;
};
/* All of them by step, owned by the caller. */
struct placed_point *watch_points_place(const struct watch_points *p);

#endif
