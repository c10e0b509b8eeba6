#include "io/watch_points.h"

#include <stdlib.h>
#include <string.h>
#include "io/checkpoint_name.h"

static void free_point(gpointer point)
{
    struct watch_point *p = point;

    g_free(p->name);
    watch_look_destroy(p->look);
    g_free(p);
}

void watch_points_init(struct watch_points *p, bool by_name)
{
    *p = (struct watch_points){.all = g_ptr_array_new_with_free_func(free_point),
                               .by_name = by_name};
}

void watch_points_finish(struct watch_points *p)
{
    g_ptr_array_free(p->all, TRUE);
}

void watch_points_clear(struct watch_points *p)
{
    g_ptr_array_set_size(p->all, 0);
    p->version++;
}

static struct watch_point *last_of(const struct watch_points *p, const char *name)
{
    for (guint i = p->all->len; i-- > 0;) {
        struct watch_point *at = g_ptr_array_index(p->all, i);

        if (strcmp(at->name, name) == 0)
            return at;
    }
    return NULL;
}

/* Half of a file that is rewritten in place may look whole, with less in it. */
static bool stands_for(const struct watch_point *at, const struct sight *sight)
{
    return at->numbered || sight_same_content(&at->sight, sight) ||
           (!at->settled && at->sight.inode == sight->inode && at->sight.device == sight->device);
}

const struct watch_point *watch_points_add(struct watch_points *p, const char *name,
                                           const struct sight *sight, struct watch_look *look,
                                           uint64_t logged)
{
    struct watch_point *at = last_of(p, name);

    if (!at || !stands_for(at, sight)) {
        at = g_new0(struct watch_point, 1);
        at->name = g_strdup(name);
        g_ptr_array_add(p->all, at);
    }
    at->numbered = p->by_name && checkpoint_name_step(name, &at->step);
    if (!at->numbered)
        at->step = logged;
    at->sight = *sight;
    at->settled = false;
    watch_look_destroy(at->look);
    at->look = look;
    p->version++;
    return at;
}

bool watch_points_has(const struct watch_points *p, const char *name, const struct sight *sight,
                      uint64_t fingerprint)
{
    const struct watch_point *at = last_of(p, name);

    return at && sight_same_content(&at->sight, sight) && at->look->fingerprint == fingerprint;
}

void watch_points_settle(struct watch_points *p, const char *name, const struct sight *sight)
{
    struct watch_point *at = last_of(p, name);

    if (at && sight_same_content(&at->sight, sight))
        at->settled = true;
}

void watch_points_rename(struct watch_points *p, const char *from, const char *to)
{
    for (guint i = 0; i < p->all->len; i++) {
        struct watch_point *at = g_ptr_array_index(p->all, i);

        if (strcmp(at->name, from) != 0)
            continue;
        g_free(at->name);
        at->name = g_strdup(to);
        if (p->by_name && checkpoint_name_step(to, &at->step))
            at->numbered = true;
        p->version++;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct watch_point *x = ((const struct placed_point *)a)->of;
    const struct watch_point *y = ((const struct placed_point *)b)->of;

    if (x->sight.mtime_ns != y->sight.mtime_ns)
        return x->sight.mtime_ns < y->sight.mtime_ns ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_step(const void *a, const void *b)
{
    uint64_t x = ((const struct placed_point *)a)->step, y = ((const struct placed_point *)b)->step;

    return x < y ? -1 : x > y ? 1 : by_time(a, b);
}

/* all is in the order of time. Where some names count, the rest stands where the last of those
 * did; where the log counts, it says; else they count on. */
static void give_steps(struct placed_point *all, guint n)
{
    bool numbered = false, logged = false;
    uint64_t last = 0;

    for (guint i = 0; i < n; i++) {
        numbered |= all[i].of->numbered;
        logged |= all[i].of->step > 0;
    }
    for (guint i = 0; i < n; i++) {
        const struct watch_point *p = all[i].of;

        if (p->numbered || (!numbered && logged))
            last = MAX(last, p->step);
        all[i].step = p->numbered ? p->step : numbered || logged ? last : i + 1;
    }
}

struct placed_point *watch_points_place(const struct watch_points *p)
{
    guint n = p->all->len;
    struct placed_point *all = g_new0(struct placed_point, n + 1);

    for (guint i = 0; i < n; i++)
        all[i].of = g_ptr_array_index(p->all, i);
    qsort(all, n, sizeof *all, by_time);
    give_steps(all, n);
    qsort(all, n, sizeof *all, by_step);
    return all;
}
