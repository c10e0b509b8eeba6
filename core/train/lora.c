#include "core/train/lora.h"

#include <math.h>
#include <string.h>

#include "core/random.h"

/* Rows, or columns, that one thread takes. */
#define ROWS 32u
#define COLUMNS 256u

static bool is_adaptable(const struct checkpoint *base, const struct training_piece *p)
{
    return p->matrix && p->decays && base->places[p->tensor].block >= 0;
}

static bool is_chosen(enum role role, char *const *words)
{
    for (; *words; words++)
        if (strcmp(*words, "all") == 0 || strcmp(*words, role_info(role)->name) == 0)
            return true;
    return false;
}

static gboolean refuse(const struct checkpoint *base, const GArray *pieces, const char *word,
                       GError **error)
{
    GString *known = g_string_new("all");
    bool seen[ROLE_COUNT] = {false};

    for (guint i = 0; i < pieces->len; i++) {
        const struct training_piece *p = &g_array_index(pieces, struct training_piece, i);
        enum role role = base->places[p->tensor].role;

        if (!is_adaptable(base, p) || seen[role])
            continue;
        seen[role] = true;
        g_string_append_printf(known, ", %s", role_info(role)->name);
    }
    g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE,
                "\"%s\" is no role of a matrix in this model's blocks: %s", word, known->str);
    g_string_free(known, TRUE);
    return FALSE;
}

static bool has_role(const struct checkpoint *base, const GArray *pieces, const char *word)
{
    char *one[] = {(char *)(gsize)word, NULL};

    for (guint i = 0; i < pieces->len; i++) {
        const struct training_piece *p = &g_array_index(pieces, struct training_piece, i);

        if (is_adaptable(base, p) && is_chosen(base->places[p->tensor].role, one))
            return true;
    }
    return false;
}

static gboolean add_pair(struct lora *l, const struct training_piece *p, uint32_t piece,
                         GError **error)
{
    struct lora_pair pair = {.piece = piece,
                             .rows = (uint32_t)(p->n / p->columns),
                             .columns = (uint32_t)p->columns,
                             .a = l->n_factors};

    pair.b = pair.a + (uint64_t)l->rank * pair.columns;
    l->n_factors = pair.b + (uint64_t)l->rank * pair.rows;
    pair.base = g_try_new(float, p->n);
    if (!pair.base) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_LIMIT,
                            "no memory for the matrices that adapters stand on");
        return FALSE;
    }
    memcpy(pair.base, p->weights, p->n * sizeof(float));
    l->pairs = g_renew(struct lora_pair, l->pairs, l->n + 1);
    l->pairs[l->n++] = pair;
    return TRUE;
}

static gboolean add_pairs(struct lora *l, const struct checkpoint *base, const GArray *pieces,
                          char *const *words, GError **error)
{
    for (guint i = 0; words[i]; i++)
        if (!has_role(base, pieces, words[i]))
            return refuse(base, pieces, words[i], error);
    for (guint i = 0; i < pieces->len; i++) {
        const struct training_piece *p = &g_array_index(pieces, struct training_piece, i);

        if (is_adaptable(base, p) && p->factor > 0 &&
            is_chosen(base->places[p->tensor].role, words) && !add_pair(l, p, i, error))
            return FALSE;
    }
    if (l->n > 0)
        return TRUE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                        "every matrix of these roles is frozen: no adapter is left to train");
    return FALSE;
}

gboolean lora_init(struct lora *l, const struct checkpoint *base, const GArray *pieces,
                   const struct training_options *o, GError **error)
{
    g_auto(GStrv) words = g_strsplit(o->lora, ",", -1);

    *l = (struct lora){.rank = o->lora_rank, .scale = (float)(o->lora_alpha / o->lora_rank)};
    if (!add_pairs(l, base, pieces, words, error)) {
        lora_finish(l);
        return FALSE;
    }
    l->gradient = g_new0(float, l->n_factors);
    return TRUE;
}

void lora_finish(struct lora *l)
{
    for (guint i = 0; i < l->n; i++)
        g_free(l->pairs[i].base);
    g_free(l->pairs);
    g_free(l->gradient);
    *l = (struct lora){0};
}

void lora_start(const struct lora *l, float *factors, uint64_t *random)
{
    memset(factors, 0, l->n_factors * sizeof *factors);
    for (guint i = 0; i < l->n; i++) {
        const struct lora_pair *p = &l->pairs[i];
        double most = 1 / sqrt(p->columns);

        for (uint64_t k = p->a; k < p->b; k++)
            factors[k] = (float)(most * (2 * random_unit(random) - 1));
    }
}

struct lora_item {
    const struct lora_work *work;
    const struct lora_pair *pair;
    float **scratch;             /* [threads][columns] */
    struct optimizer_sums *sums; /* [items] */
};

/* dB of some rows. */
static void rows_of_b(void *data, guint item, guint thread)
{
    const struct lora_item *i = data;
    const struct lora *l = i->work->lora;
    const struct lora_pair *p = i->pair;
    const float *a = i->work->factors + p->a, *dw = i->work->pieces[p->piece].gradient;

    (void)thread;
    for (uint32_t r = item * ROWS; r < MIN((item + 1) * ROWS, p->rows); r++)
        for (uint32_t k = 0; k < l->rank; k++)
            l->gradient[p->b + (uint64_t)r * l->rank + k] =
                l->scale * (float)i->work->kernels->dot(dw + (uint64_t)r * p->columns,
                                                        a + (uint64_t)k * p->columns, p->columns);
}

/* dA of some columns. */
static void columns_of_a(void *data, guint item, guint thread)
{
    const struct lora_item *i = data;
    const struct lora *l = i->work->lora;
    const struct lora_pair *p = i->pair;
    const float *b = i->work->factors + p->b, *dw = i->work->pieces[p->piece].gradient;
    uint32_t first = item * COLUMNS, n = MIN(COLUMNS, p->columns - first);

    (void)thread;
    for (uint32_t k = 0; k < l->rank; k++)
        memset(l->gradient + p->a + (uint64_t)k * p->columns + first, 0, n * sizeof(float));
    for (uint32_t r = 0; r < p->rows; r++)
        for (uint32_t k = 0; k < l->rank; k++)
            i->work->kernels->add_scaled(l->gradient + p->a + (uint64_t)k * p->columns + first,
                                         dw + (uint64_t)r * p->columns + first,
                                         l->scale * b[(uint64_t)r * l->rank + k], n);
}

void lora_gradient(const struct lora_work *w)
{
    for (guint k = 0; k < w->lora->n; k++) {
        struct lora_item i = {.work = w, .pair = &w->lora->pairs[k]};

        team_run(w->team, (i.pair->rows + ROWS - 1) / ROWS, rows_of_b, &i);
        team_run(w->team, (i.pair->columns + COLUMNS - 1) / COLUMNS, columns_of_a, &i);
    }
}

static void merge_rows(void *data, guint item, guint thread)
{
    const struct lora_item *i = data;
    const struct lora *l = i->work->lora;
    const struct lora_pair *p = i->pair;
    const struct train_kernels *kernels = i->work->kernels;
    const float *a = i->work->factors + p->a, *b = i->work->factors + p->b;
    float *weights = i->work->pieces[p->piece].weights, *row = i->scratch[thread];
    struct optimizer_sums *sums = &i->sums[item];

    for (uint32_t r = item * ROWS; r < MIN((item + 1) * ROWS, p->rows); r++) {
        float *w = weights + (uint64_t)r * p->columns;

        memcpy(row, p->base + (uint64_t)r * p->columns, p->columns * sizeof *row);
        for (uint32_t k = 0; k < l->rank; k++)
            kernels->add_scaled(row, a + (uint64_t)k * p->columns,
                                l->scale * b[(uint64_t)r * l->rank + k], p->columns);
        sums->update += kernels->distance(row, w, p->columns);
        sums->weight += kernels->squares(w, p->columns);
        memcpy(w, row, p->columns * sizeof *row);
    }
}

static void merge_pair(const struct lora_work *w, const struct lora_pair *p,
                       struct optimizer_sums *sums)
{
    guint items = (p->rows + ROWS - 1) / ROWS, threads = team_threads(w->team);
    struct lora_item i = {.work = w,
                          .pair = p,
                          .scratch = g_new(float *, threads),
                          .sums = g_new0(struct optimizer_sums, items)};

    for (guint k = 0; k < threads; k++)
        i.scratch[k] = g_new(float, p->columns);
    team_run(w->team, items, merge_rows, &i);
    for (guint k = 0; k < items; k++) {
        sums->update += i.sums[k].update;
        sums->weight += i.sums[k].weight;
    }
    for (guint k = 0; k < threads; k++)
        g_free(i.scratch[k]);
    g_free(i.scratch);
    g_free(i.sums);
}

void lora_merge(const struct lora_work *w, struct optimizer_sums *sums)
{
    for (guint k = 0; k < w->lora->n; k++) {
        sums[k] = (struct optimizer_sums){0};
        merge_pair(w, &w->lora->pairs[k], &sums[k]);
    }
}
