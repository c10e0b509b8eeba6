#include "io/report_json_depth.h"

#include "core/depth.h"

static void write_band(struct json_writer *w, const char *key, const struct depth_band *b)
{
    json_begin_object(w, key, true);
    json_count(w, "first", b->first);
    json_count(w, "blocks", b->n);
    json_double(w, "mean", b->mean);
    json_double(w, "pooled", b->pooled);
    json_end_object(w);
}

static void write_verdict(struct json_writer *w, const struct depth_verdict *v)
{
    json_string(w, "class", depth_class_name(v->class));
    json_double(w, "f", v->f);
    write_band(w, "early", &v->band[DEPTH_EARLY]);
    write_band(w, "middle", &v->band[DEPTH_MIDDLE]);
    write_band(w, "late", &v->band[DEPTH_LATE]);
    json_double(w, "contrast", v->contrast);
    json_bool(w, "contrast_is_lower_bound", v->contrast_is_bound);
}

static void write_blocks(struct json_writer *w, const struct depth *d)
{
    json_begin_list(w, "blocks", false);
    for (uint32_t i = 0; i < d->n; i++) {
        json_begin_object(w, NULL, true);
        json_count(w, "block", d->block[i].block);
        json_double(w, "relative", d->relative[i]);
        json_double(w, "floor", d->block[i].floor);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_checks(struct json_writer *w, const struct depth *d)
{
    json_bool(w, "stable", d->stable);
    json_begin_list(w, "checks", false);
    for (uint32_t i = 0; i < d->n_checks; i++) {
        json_begin_object(w, NULL, true);
        if (i == DEPTH_CHECKS - 1)
            json_count(w, "without_block", d->block[d->left_out].block);
        else
            json_null(w, "without_block");
        write_verdict(w, &d->check[i]);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_stack(struct json_writer *w, const struct comparison *c, uint32_t stack)
{
    struct depth d;

    depth_of(c, stack, &d);
    json_string(w, "stack", depth_stack_name(c, stack));
    write_verdict(w, &d.verdict);
    json_string(w, "text", depth_class_text(&d));
    json_bool(w, "early_moved", d.early_moved);
    json_bool(w, "low_resolution", d.low_resolution);
    json_double(w, "floor", d.floor);
    json_double(w, "rho", d.rho);
    json_double(w, "p", d.p);
    json_bool(w, "p_exact", d.p_exact);
    json_double(w, "slope", d.slope);
    json_double(w, "model_relative", d.model_relative);
    json_double(w, "model_cosine", d.model_cosine);
    write_checks(w, &d);
    write_blocks(w, &d);
    depth_finish(&d);
}

void report_json_depth(struct json_writer *w, const struct comparison *c)
{
    if (!c->tuned || comparison_blocks(c) == 0) {
        json_null(w, "depth");
        return;
    }
    json_begin_object(w, "depth", false);
    write_stack(w, c, 0);
    json_begin_list(w, "other_stacks", false);
    for (uint32_t stack = 1; stack < depth_stacks(c); stack++) {
        json_begin_object(w, NULL, false);
        write_stack(w, c, stack);
        json_end_object(w);
    }
    json_end_list(w);
    json_end_object(w);
}
