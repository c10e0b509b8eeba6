#include "io/report_activity.h"

#include <math.h>
#include "core/activity_effect.h"
#include "io/csv_write.h"
#include "io/report_lines.h"

/* One layer, its numbers and how its categories changed. */
struct layer_row {
    const struct activity *a;
    const struct activity_layer *layer;
    uint32_t at;
    const struct activity_effects *effects; /* of its kind; NULL: one model */
};

static const struct activity_effect *effect_of(const struct layer_row *r, uint32_t category)
{
    return r->effects ? activity_effect(r->effects, category, r->at) : NULL;
}

/* How the categories changed in layers of each kind; NULL: one model, or no such layers. Chance is
 * drawn for that, so once a report. */
struct changes {
    const struct activity *a;
    struct activity_effects *of[ACTIVITY_KINDS];
};

static void changes_init(struct changes *c, const struct activity *a)
{
    c->a = a;
    for (int kind = 0; kind < ACTIVITY_KINDS; kind++)
        c->of[kind] =
            activity_effects_create(a, (enum activity_kind)kind, ACTIVITY_MEAN_ABS, false);
}

static void changes_finish(struct changes *c)
{
    for (int kind = 0; kind < ACTIVITY_KINDS; kind++)
        activity_effects_destroy(c->of[kind]);
}

static void for_layers(const struct changes *c, void (*visit)(void *data, const struct layer_row *r),
                       void *data)
{
    for (uint32_t i = 0; i < c->a->n_layers; i++) {
        const struct activity_layer *layer = &c->a->layers[i];

        visit(data, &(struct layer_row){c->a, layer, i, c->of[layer->kind]});
    }
}

static double rms_of(const struct activity_cell *cell, enum activity_side side)
{
    struct activity_level level;

    activity_level(cell, side, &level);
    return level.rms;
}

/* JSON. */

static void write_levels(struct json_writer *w, const struct activity *a,
                         const struct activity_cell *cell)
{
    json_count(w, "tokens", cell->tokens);
    json_double(w, "base_rms", rms_of(cell, ACTIVITY_BASE));
    json_double(w, "tuned_rms", a->pair ? rms_of(cell, ACTIVITY_TUNED) : NAN);
    json_double(w, "shift", a->pair ? activity_shift(cell) : NAN);
    json_double(w, "cosine", a->pair ? activity_cosine(cell) : NAN);
}

static void write_cell(struct json_writer *w, const struct layer_row *r, uint32_t category)
{
    const struct activity_cell *cell = activity_cell(r->a, r->at, category);
    const struct activity_effect *e = effect_of(r, category);

    json_begin_object(w, NULL, true);
    json_string(w, "category", r->a->categories[category]);
    json_count(w, "examples", cell->examples);
    write_levels(w, r->a, cell);
    if (e) {
        json_double(w, "effect", e->effect);
        json_double(w, "q", e->q);
        json_bool(w, "few", e->few);
    }
    json_end_object(w);
}

static void write_dead(struct json_writer *w, const struct layer_row *r)
{
    struct activity_dead dead;

    activity_dead(r->a, r->at, &dead);
    json_count(w, "dead_base", dead.dead[ACTIVITY_BASE]);
    if (!r->a->pair)
        return;
    json_count(w, "dead_tuned", dead.dead[ACTIVITY_TUNED]);
    json_count(w, "newly_dead", dead.newly_dead);
    json_count(w, "revived", dead.revived);
}

static void write_layer(void *data, const struct layer_row *r)
{
    struct json_writer *w = data;
    uint64_t tokens;

    json_begin_object(w, NULL, false);
    json_string(w, "layer", r->layer->name);
    json_string(w, "kind", activity_kind_name(r->layer->kind));
    json_integer(w, "block", r->layer->block);
    json_count(w, "units", r->layer->units);
    write_levels(w, r->a, activity_cell(r->a, r->at, ACTIVITY_ALL));
    write_dead(w, r);
    if (r->a->pair) {
        json_double(w, "cka", activity_cka(r->a, r->at, &tokens));
        json_double(w, "generic_share", activity_generic_share(r->a, r->at));
        json_double(w, "null_99", r->effects ? r->effects->null_99 : NAN);
    }
    json_begin_list(w, "categories", false);
    for (uint32_t c = 0; c < r->a->n_categories; c++)
        write_cell(w, r, c);
    json_end_list(w);
    json_end_object(w);
}

static void write_head(struct json_writer *w, const struct activity *a, uint32_t block,
                       uint32_t head)
{
    static const char *const sides[ACTIVITY_SIDES] = {"base", "tuned"};
    struct activity_head h;

    activity_head(a, block, head, ACTIVITY_ALL, &h);
    json_begin_object(w, NULL, true);
    json_count(w, "block", block);
    json_count(w, "head", head);
    json_count(w, "queries", h.queries);
    json_double(w, "shift", h.shift);
    for (int side = 0; side < (a->pair ? 2 : 1); side++) {
        json_begin_object(w, sides[side], true);
        json_double(w, "entropy", h.entropy[side]);
        json_double(w, "first", h.first[side]);
        json_double(w, "previous", h.previous[side]);
        json_double(w, "self", h.self[side]);
        json_double(w, "distance", h.distance[side]);
        json_double(w, "sink", h.sink[side]);
        json_end_object(w);
    }
    json_end_object(w);
}

static void write_remarks(struct json_writer *w, const char *const *remarks)
{
    json_begin_list(w, "remarks", false);
    for (gsize i = 0; remarks && remarks[i]; i++)
        json_string(w, NULL, remarks[i]);
    json_end_list(w);
}

void report_activity_json(struct json_writer *w, const struct activity *a,
                          const char *const *remarks)
{
    struct changes changes;

    if (!a)
        return;
    changes_init(&changes, a);
    json_begin_object(w, "activity", false);
    json_count(w, "rows", a->rows);
    json_count(w, "examples", a->n_examples);
    json_bool(w, "position_0_apart", a->first_apart);
    write_remarks(w, remarks);
    json_begin_list(w, "layers", false);
    for_layers(&changes, write_layer, w);
    json_end_list(w);
    changes_finish(&changes);
    json_begin_list(w, "heads", false);
    for (uint32_t b = 0; b < a->blocks; b++)
        for (uint32_t h = 0; h < a->heads; h++)
            write_head(w, a, b, h);
    json_end_list(w);
    json_end_object(w);
}

/* Text: a line a layer; of a category what is large and beyond chance. */

static void print_layer(void *data, const struct layer_row *r)
{
    FILE *out = data;
    const struct activity_cell *cell = activity_cell(r->a, r->at, ACTIVITY_ALL);
    struct activity_dead dead;

    activity_dead(r->a, r->at, &dead);
    report_name(out, r->layer->name, REPORT_NAME_COLUMNS);
    fprintf(out, " %-8s %7u", activity_kind_name(r->layer->kind), r->layer->units);
    report_number(out, rms_of(cell, ACTIVITY_BASE));
    report_number(out, r->a->pair ? rms_of(cell, ACTIVITY_TUNED) : NAN);
    report_percent(out, r->a->pair ? activity_shift(cell) : NAN);
    report_number(out, r->a->pair ? activity_cka(r->a, r->at, NULL) : NAN);
    report_number(out, r->a->pair ? activity_generic_share(r->a, r->at) : NAN);
    fprintf(out, " %6u %6u\n", dead.dead[ACTIVITY_BASE], dead.newly_dead);
}

static void print_changes(void *data, const struct layer_row *r)
{
    FILE *out = data;

    for (uint32_t c = 0; r->effects && c < r->a->n_categories; c++) {
        const struct activity_effect *e = effect_of(r, c);

        if (e->few || !(fabs(e->effect) > r->effects->null_99) || !(e->q < 0.05))
            continue;
        report_name(out, r->layer->name, REPORT_NAME_COLUMNS);
        fprintf(out, " %-8s %+10.2f", activity_kind_name(r->layer->kind), e->effect);
        report_number(out, e->q);
        fprintf(out, " %6u  ", e->n);
        report_escaped(out, r->a->categories[c]);
        fputc('\n', out);
    }
}

static void write_changes(FILE *out, const struct changes *changes)
{
    fprintf(out, "\n%-*s %-8s %10s %10s %6s  category\n", REPORT_NAME_COLUMNS, "changed in", "",
            "base sd", "q", "n");
    for_layers(changes, print_changes, out);
    fprintf(out, "mean |activation| an example, change in sd of the base's; beyond 99 %% of what "
                 "chance does, false discovery rate below 0.05; of fewer than %d examples nothing "
                 "is said\n",
            ACTIVITY_FEWEST);
}

void report_activity_text(FILE *out, const struct activity *a, const char *const *remarks)
{
    struct changes changes;

    if (!a)
        return;
    changes_init(&changes, a);
    fprintf(out, "\n%-*s %-8s %7s %10s %10s %10s %10s %10s %6s %6s\n", REPORT_NAME_COLUMNS,
            "activations of", "", "units", "base rms", "tuned rms", "shift", "CKA", "generic",
            "dead", "newly");
    for_layers(&changes, print_layer, out);
    fprintf(out, "over %" G_GUINT64_FORMAT " rows of %u examples%s\n", a->rows, a->n_examples,
            a->pair ? "; generic: share of the change that all categories have in common" : "");
    for (gsize i = 0; remarks && remarks[i]; i++) {
        fputs("left out: ", out);
        report_escaped(out, remarks[i]);
        fputc('\n', out);
    }
    if (a->pair)
        write_changes(out, &changes);
    changes_finish(&changes);
}

/* CSV. */

static void write_rows(void *data, const struct layer_row *r)
{
    FILE *out = data;

    for (uint32_t c = 0; c < r->a->n_categories; c++) {
        const struct activity_cell *cell = activity_cell(r->a, r->at, c);
        const struct activity_effect *e = effect_of(r, c);

        csv_text(out, r->layer->name);
        fprintf(out, ",%s,%d,", activity_kind_name(r->layer->kind), r->layer->block);
        csv_text(out, r->a->categories[c]);
        fprintf(out, ",%u,%" G_GUINT64_FORMAT, cell->examples, cell->tokens);
        csv_number(out, rms_of(cell, ACTIVITY_BASE));
        csv_number(out, r->a->pair ? rms_of(cell, ACTIVITY_TUNED) : NAN);
        csv_number(out, r->a->pair ? activity_shift(cell) : NAN);
        csv_number(out, r->a->pair ? activity_cosine(cell) : NAN);
        csv_number(out, e ? e->effect : NAN);
        csv_number(out, e ? e->q : NAN);
        fputc('\n', out);
    }
}

void report_activity_csv(FILE *out, const struct activity *a)
{
    struct changes changes;

    if (!a)
        return;
    changes_init(&changes, a);
    fputs("\nlayer,kind,block,category,examples,tokens,base_rms,tuned_rms,shift,cosine,effect,q\n",
          out);
    for_layers(&changes, write_rows, out);
    changes_finish(&changes);
}
