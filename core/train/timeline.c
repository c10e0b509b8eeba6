#include "core/train/timeline.h"

#include <math.h>
#include <string.h>

static void clear_look(gpointer l)
{
    g_free(((struct look_record *)l)->continuation);
}

static void clear_event(gpointer e)
{
    g_free(((struct event *)e)->text);
}

static GArray *doubles(void)
{
    return g_array_new(FALSE, FALSE, sizeof(double));
}

struct timeline *timeline_create(uint32_t n_blocks, const char *const *categories,
                                 const bool *uncovered, uint32_t n_categories)
{
    struct timeline *t = g_new0(struct timeline, 1);

    t->n_blocks = n_blocks;
    t->n_categories = n_categories;
    t->categories = g_new0(char *, n_categories + 1);
    t->uncovered = g_new0(bool, n_categories + 1);
    for (uint32_t i = 0; i < n_categories; i++) {
        t->categories[i] = g_strdup(categories[i]);
        t->uncovered[i] = uncovered && uncovered[i];
    }
    t->steps = g_array_new(FALSE, FALSE, sizeof(struct step_record));
    t->looks = g_array_new(FALSE, FALSE, sizeof(struct look_record));
    t->events = g_array_new(FALSE, FALSE, sizeof(struct event));
    g_array_set_clear_func(t->looks, clear_look);
    g_array_set_clear_func(t->events, clear_event);
    t->update = doubles();
    t->relative = doubles();
    t->norm = doubles();
    t->block_dead = doubles();
    t->entropy = doubles();
    t->losses = doubles();
    return t;
}

void timeline_destroy(struct timeline *t)
{
    if (!t)
        return;
    GArray *all[] = {t->steps,      t->update,  t->looks,  t->relative, t->norm,
                     t->block_dead, t->entropy, t->losses, t->events};

    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        g_array_unref(all[i]);
    metric_log_destroy(t->logged);
    g_strfreev(t->categories);
    g_free(t->uncovered);
    g_free(t);
}

static double measured(double x)
{
    return isfinite(x) ? x : NAN;
}

static void append_row(GArray *to, const double *row, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        double x = row ? measured(row[i]) : NAN;

        g_array_append_val(to, x);
    }
}

void timeline_add_step(struct timeline *t, const struct step_record *s, const double *update)
{
    struct step_record kept = *s;
    double *numbers[] = {&kept.learning_rate, &kept.weight_decay,     &kept.loss,
                         &kept.smoothed,      &kept.gradient_norm,    &kept.clip,
                         &kept.staleness,     &kept.tokens_per_second};

    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = measured(*numbers[i]);
    g_array_append_val(t->steps, kept);
    append_row(t->update, update, t->n_blocks + 1);
    t->version++;
}

void timeline_add_look(struct timeline *t, const struct look_record *l,
                       const struct look_rows *rows)
{
    struct look_record kept = *l;
    double *numbers[] = {&kept.train,        &kept.held_out, &kept.general,     &kept.general_low,
                         &kept.general_high, &kept.gap_did,  &kept.gap_did_low, &kept.gap_did_high};

    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = measured(*numbers[i]);
    kept.continuation = g_strdup(l->continuation);
    g_array_append_val(t->looks, kept);
    append_row(t->relative, rows->relative, t->n_blocks + 1);
    append_row(t->norm, rows->norm, t->n_blocks + 1);
    append_row(t->block_dead, rows->dead, t->n_blocks);
    append_row(t->entropy, rows->entropy, t->n_blocks);
    append_row(t->losses, rows->losses, t->n_categories);
    t->version++;
}

void timeline_add_event(struct timeline *t, enum event_kind kind, uint64_t step, double value,
                        const char *text)
{
    struct event e = {kind, step, measured(value), g_strdup(text)};

    g_array_append_val(t->events, e);
    t->version++;
}

/* How many are kept: those at or before the step. Steps never fall within a timeline. */
static guint steps_until(const struct timeline *t, uint64_t step)
{
    guint n = t->steps->len;

    while (n && g_array_index(t->steps, struct step_record, n - 1).step > step)
        n--;
    return n;
}

static guint looks_until(const struct timeline *t, uint64_t step)
{
    guint n = t->looks->len;

    while (n && g_array_index(t->looks, struct look_record, n - 1).step > step)
        n--;
    return n;
}

static bool cut(struct timeline *t, uint64_t step)
{
    guint steps = steps_until(t, step), looks = looks_until(t, step);

    if (steps == t->steps->len && looks == t->looks->len)
        return false;
    g_array_set_size(t->steps, steps);
    g_array_set_size(t->update, steps * (t->n_blocks + 1));
    g_array_set_size(t->looks, looks);
    g_array_set_size(t->relative, looks * (t->n_blocks + 1));
    g_array_set_size(t->norm, looks * (t->n_blocks + 1));
    g_array_set_size(t->block_dead, looks * t->n_blocks);
    g_array_set_size(t->entropy, looks * t->n_blocks);
    g_array_set_size(t->losses, looks * t->n_categories);
    t->version++;
    return true;
}

void timeline_rewind(struct timeline *t, uint64_t step)
{
    if (cut(t, step))
        timeline_add_event(t, EVENT_REWOUND, step, NAN, NULL);
}

static void follow_events(struct timeline *to, const struct timeline *from)
{
    for (guint i = to->events->len; i < from->events->len; i++) {
        const struct event *e = &g_array_index(from->events, struct event, i);

        if (e->kind == EVENT_REWOUND)
            cut(to, e->step);
        timeline_add_event(to, e->kind, e->step, e->value, e->text);
    }
}

static const double *row_of(const GArray *a, guint row, uint32_t width)
{
    return (const double *)(const void *)a->data + (gsize)row * width;
}

void timeline_follow(struct timeline *to, const struct timeline *from)
{
    uint32_t width = from->n_blocks + 1;

    follow_events(to, from);
    for (guint i = to->steps->len; i < from->steps->len; i++)
        timeline_add_step(to, &g_array_index(from->steps, struct step_record, i),
                          row_of(from->update, i, width));
    for (guint i = to->looks->len; i < from->looks->len; i++) {
        struct look_rows rows = {row_of(from->relative, i, width), row_of(from->norm, i, width),
                                 row_of(from->block_dead, i, from->n_blocks),
                                 row_of(from->entropy, i, from->n_blocks),
                                 row_of(from->losses, i, from->n_categories)};

        timeline_add_look(to, &g_array_index(from->looks, struct look_record, i), &rows);
    }
    to->version = from->version;
}

struct timeline *timeline_copy(const struct timeline *t)
{
    struct timeline *copy = timeline_create(t->n_blocks, (const char *const *)t->categories,
                                            t->uncovered, t->n_categories);

    timeline_follow(copy, t);
    copy->logged = t->logged ? metric_log_copy(t->logged) : NULL;
    return copy;
}

const char *event_name(enum event_kind k)
{
    static const char *const names[EVENT_KINDS] = {
        [EVENT_STARTED] = "started",
        [EVENT_RESUMED] = "resumed",
        [EVENT_REWOUND] = "rewound",
        [EVENT_SAVED] = "saved",
        [EVENT_LEARNING_RATE] = "learning rate",
        [EVENT_WEIGHT_DECAY] = "weight decay",
        [EVENT_STOPPED] = "stopped",
        [EVENT_LOADED] = "loaded",
    };

    return names[k];
}
