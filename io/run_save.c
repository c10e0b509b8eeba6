/* A run as an HDF5 file: its arrays and columns as one source, its texts as attributes. */
#include <string.h>
#include "core/array_source.h"
#include "io/run_internal.h"

static void add_states(struct array_source *s, GArray *arrays)
{
    for (guint i = 0; i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);
        g_autofree char *name = g_strconcat("state/", a->name, NULL);

        array_source_add(s, name, DTYPE_F32, 2, (const uint64_t[]){a->rows, a->columns}, a->values,
                         NULL);
    }
}

/* A column of records, which lie `stride` bytes apart. */
static void add_column(struct array_source *s, const char *under, const struct run_column *column,
                       const GArray *records, size_t stride)
{
    g_autofree char *name = g_strconcat("timeline/", under, "/", column->name, NULL);
    size_t bytes = dtype_info(column->dtype)->bytes;
    char *values = g_malloc(records->len * bytes + 1);

    for (guint i = 0; i < records->len; i++)
        memcpy(values + i * bytes, records->data + i * stride + column->offset, bytes);
    array_source_add(s, name, column->dtype, 1, (const uint64_t[]){records->len}, values, values);
}

static void add_table(struct array_source *s, const struct run_table *table,
                      const struct timeline *t)
{
    const GArray *values = G_STRUCT_MEMBER(GArray *, t, table->offset);
    const GArray *records = table->of_steps ? t->steps : t->looks;
    g_autofree char *name = g_strconcat("timeline/", table->of_steps ? "steps" : "looks", "/",
                                        table->name, NULL);

    array_source_add(s, name, DTYPE_F64, 2,
                     (const uint64_t[]){records->len, run_table_width(table, t)}, values->data,
                     NULL);
}

static void add_timeline(struct array_source *s, const struct timeline *t)
{
    for (const struct run_column *c = run_step_columns; c->name; c++)
        add_column(s, "steps", c, t->steps, sizeof(struct step_record));
    for (const struct run_column *c = run_look_columns; c->name; c++)
        add_column(s, "looks", c, t->looks, sizeof(struct look_record));
    for (const struct run_table *table = run_tables; table->name; table++)
        add_table(s, table, t);
}

static struct run_position position_of(const struct training_state *s)
{
    return (struct run_position){.step = s->step,
                                 .epoch = s->epoch,
                                 .position = s->position,
                                 .random = s->random,
                                 .learning_rate = s->learning_rate,
                                 .weight_decay = s->weight_decay,
                                 .smoothing = s->smoothing};
}

gboolean run_save(const char *path, const struct run_origin *origin, struct training *t,
                  const struct save_options *options, GError **error)
{
    const struct training_state *state = training_state(t);
    const struct run_position position = position_of(state);
    struct array_source *arrays = array_source_create(path);
    GArray *states = training_arrays(t, state);
    g_autofree char *run = run_json(origin, training_options(t), &position);
    g_autofree char *timeline = run_timeline_json(training_timeline(t));
    const struct save_text texts[] = {{"run", (const char *const[]){run}, 1, FALSE},
                                      {"timeline", (const char *const[]){timeline}, 1, FALSE}};
    struct source *source;
    gboolean ok;

    add_states(arrays, states);
    add_timeline(arrays, training_timeline(t));
    source = array_source_finish(arrays);
    ok = checkpoint_save_new(path, source, texts, G_N_ELEMENTS(texts), options, error);
    source_close(source);
    g_array_free(states, TRUE);
    return ok;
}
