#include "core/train/metric_log.h"

#include <math.h>
#include <string.h>

#define SERIES_MOST 64
#define VALUES_MOST 65536
#define NAME_BYTES 128

static void free_series(gpointer series)
{
    struct metric_series *s = series;

    g_free(s->name);
    g_array_unref(s->steps);
    g_array_unref(s->values);
    g_free(s);
}

struct metric_log *metric_log_create(void)
{
    struct metric_log *l = g_new0(struct metric_log, 1);

    l->series = g_ptr_array_new_with_free_func(free_series);
    return l;
}

void metric_log_destroy(struct metric_log *l)
{
    if (!l)
        return;
    g_ptr_array_free(l->series, TRUE);
    g_free(l);
}

void metric_log_clear(struct metric_log *l)
{
    g_ptr_array_set_size(l->series, 0);
    l->last = 0;
    l->version++;
}

static struct metric_series *add_series(struct metric_log *l, const char *name)
{
    struct metric_series *s = g_new(struct metric_series, 1);

    *s = (struct metric_series){g_strdup(name), g_array_new(FALSE, FALSE, sizeof(uint64_t)),
                                g_array_new(FALSE, FALSE, sizeof(double))};
    g_ptr_array_add(l->series, s);
    return s;
}

struct metric_log *metric_log_copy(const struct metric_log *l)
{
    struct metric_log *copy = metric_log_create();

    for (guint i = 0; i < l->series->len; i++) {
        const struct metric_series *from = g_ptr_array_index(l->series, i);
        struct metric_series *to = add_series(copy, from->name);

        g_array_append_vals(to->steps, from->steps->data, from->steps->len);
        g_array_append_vals(to->values, from->values->data, from->values->len);
    }
    copy->last = l->last;
    copy->version = l->version;
    return copy;
}

const struct metric_series *metric_log_find(const struct metric_log *l, const char *name)
{
    for (guint i = 0; i < l->series->len; i++) {
        const struct metric_series *s = g_ptr_array_index(l->series, i);

        if (strcmp(s->name, name) == 0)
            return s;
    }
    return NULL;
}

static uint64_t step_of(const struct metric_series *s, guint i)
{
    return g_array_index(s->steps, uint64_t, i);
}

static void put_back(struct metric_series *s, uint64_t step)
{
    guint n = s->steps->len;

    while (n && step_of(s, n - 1) >= step)
        n--;
    g_array_set_size(s->steps, n);
    g_array_set_size(s->values, n);
}

static void thin_out(struct metric_series *s)
{
    guint n = 0;

    for (guint i = 0; i < s->steps->len; i += 2, n++) {
        g_array_index(s->steps, uint64_t, n) = step_of(s, i);
        g_array_index(s->values, double, n) = g_array_index(s->values, double, i);
    }
    g_array_set_size(s->steps, n);
    g_array_set_size(s->values, n);
}

void metric_log_add(struct metric_log *l, const char *name, uint64_t step, double value)
{
    struct metric_series *s = (struct metric_series *)metric_log_find(l, name);

    if (!isfinite(value) || strlen(name) > NAME_BYTES)
        return;
    if (!s && l->series->len == SERIES_MOST)
        return;
    if (!s)
        s = add_series(l, name);
    put_back(s, step);
    if (s->steps->len == VALUES_MOST)
        thin_out(s);
    g_array_append_val(s->steps, step);
    g_array_append_val(s->values, value);
    l->last = step;
    l->version++;
}

static const struct {
    enum metric_role role;
    const char *name;
} names[] = {
    {METRIC_LOSS, "loss"},
    {METRIC_LOSS, "train_loss"},
    {METRIC_LOSS, "training_loss"},
    {METRIC_LOSS, "train/loss"},
    {METRIC_HELD_OUT, "val_loss"},
    {METRIC_HELD_OUT, "eval_loss"},
    {METRIC_HELD_OUT, "valid_loss"},
    {METRIC_HELD_OUT, "validation_loss"},
    {METRIC_HELD_OUT, "test_loss"},
    {METRIC_HELD_OUT, "eval/loss"},
    {METRIC_HELD_OUT, "val/loss"},
    {METRIC_RATE, "learning_rate"},
    {METRIC_RATE, "lr"},
    {METRIC_RATE, "train/learning_rate"},
    {METRIC_GRADIENT, "grad_norm"},
    {METRIC_GRADIENT, "gradient_norm"},
    {METRIC_GRADIENT, "train/grad_norm"},
};

enum metric_role metric_role_of(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(name, names[i].name) == 0)
            return names[i].role;
    return METRIC_ROLES;
}

const struct metric_series *metric_log_role(const struct metric_log *l, enum metric_role role)
{
    for (guint i = 0; i < l->series->len; i++) {
        const struct metric_series *s = g_ptr_array_index(l->series, i);

        if (metric_role_of(s->name) == role)
            return s;
    }
    return NULL;
}

double metric_series_at(const struct metric_series *s, uint64_t step)
{
    guint low = 0, high = s ? s->steps->len : 0;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (step_of(s, middle) < step)
            low = middle + 1;
        else
            high = middle;
    }
    return s && low < s->steps->len && step_of(s, low) == step
               ? g_array_index(s->values, double, low)
               : NAN;
}
