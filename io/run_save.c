/* A run as an HDF5 file: its arrays and columns as one source, its texts as attributes. */
#include <string.h>
#include "io/run_internal.h"

/* One array of the file; values of its own are freed with it. */
struct piece {
    char *name; /* path without the first slash */
    enum dtype dtype;
    uint8_t rank;
    uint64_t dim[2];
    const void *values;
    void *own;
};

struct pieces {
    struct source source;
    GArray *list;           /* struct piece */
    struct tensor *tensors; /* [list->len] */
};

static gboolean read_piece(struct source *s, uint32_t index, uint64_t first, size_t count,
                           void *dst, GError **error)
{
    const struct pieces *p = (const struct pieces *)(const void *)s;
    const struct piece *piece = &g_array_index(p->list, struct piece, index);
    size_t bytes = dtype_info(piece->dtype)->bytes;

    (void)error;
    memcpy(dst, (const char *)piece->values + first * bytes, count * bytes);
    return TRUE;
}

static const struct source_ops piece_ops = {.read = read_piece};

static void clear_piece(void *data)
{
    struct piece *p = data;

    g_free(p->name);
    g_free(p->own);
}

static void add_states(struct pieces *p, GArray *arrays)
{
    for (guint i = 0; i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);
        struct piece piece = {.name = g_strconcat("state/", a->name, NULL),
                              .dtype = DTYPE_F32,
                              .rank = 2,
                              .dim = {a->rows, a->columns},
                              .values = a->values};

        g_array_append_val(p->list, piece);
    }
}

/* A column of records, which lie `stride` bytes apart. */
static void add_column(struct pieces *p, const char *under, const struct run_column *column,
                       const GArray *records, size_t stride)
{
    size_t bytes = dtype_info(column->dtype)->bytes;
    char *own = g_malloc(records->len * bytes + 1);
    struct piece piece = {.name = g_strconcat("timeline/", under, "/", column->name, NULL),
                          .dtype = column->dtype,
                          .rank = 1,
                          .dim = {records->len},
                          .values = own,
                          .own = own};

    for (guint i = 0; i < records->len; i++)
        memcpy(own + i * bytes, records->data + i * stride + column->offset, bytes);
    g_array_append_val(p->list, piece);
}

static void add_timeline(struct pieces *p, const struct timeline *t)
{
    for (const struct run_column *c = run_step_columns; c->name; c++)
        add_column(p, "steps", c, t->steps, sizeof(struct step_record));
    for (const struct run_column *c = run_look_columns; c->name; c++)
        add_column(p, "looks", c, t->looks, sizeof(struct look_record));
    for (const struct run_table *table = run_tables; table->name; table++) {
        const GArray *values = G_STRUCT_MEMBER(GArray *, t, table->offset);
        const GArray *records = table->of_steps ? t->steps : t->looks;
        struct piece piece = {.name = g_strconcat("timeline/", table->of_steps ? "steps" : "looks",
                                                  "/", table->name, NULL),
                              .dtype = DTYPE_F64,
                              .rank = 2,
                              .dim = {records->len, run_table_width(table, t)},
                              .values = values->data};

        g_array_append_val(p->list, piece);
    }
}

static struct source *finish(struct pieces *p, const char *path)
{
    static const char *const none[] = {NULL};

    p->tensors = g_new0(struct tensor, p->list->len + 1);
    for (guint i = 0; i < p->list->len; i++) {
        struct piece *piece = &g_array_index(p->list, struct piece, i);

        p->tensors[i] =
            (struct tensor){.name = piece->name,
                            .path = piece->name,
                            .aliases = none,
                            .dtype = piece->dtype,
                            .rank = piece->rank,
                            .dim = piece->dim,
                            .elems = piece->dim[0] * (piece->rank == 2 ? piece->dim[1] : 1)};
    }
    p->source = (struct source){.ops = &piece_ops,
                                .path = path,
                                .format = "run",
                                .tensors = p->tensors,
                                .n_tensors = p->list->len,
                                .warnings = none};
    return &p->source;
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
    GArray *arrays = training_arrays(t, state);
    struct pieces pieces = {.list = g_array_new(FALSE, TRUE, sizeof(struct piece))};
    char *run = run_json(origin, training_options(t), &position);
    char *timeline = run_timeline_json(training_timeline(t));
    const struct save_text texts[] = {{"run", (const char *const[]){run}, 1, FALSE},
                                      {"timeline", (const char *const[]){timeline}, 1, FALSE}};
    gboolean ok;

    g_array_set_clear_func(pieces.list, clear_piece);
    add_states(&pieces, arrays);
    add_timeline(&pieces, training_timeline(t));
    ok = checkpoint_save_new(path, finish(&pieces, path), texts, G_N_ELEMENTS(texts), options,
                             error);
    g_free(timeline);
    g_free(run);
    g_free(pieces.tensors);
    g_array_free(pieces.list, TRUE);
    g_array_free(arrays, TRUE);
    return ok;
}
