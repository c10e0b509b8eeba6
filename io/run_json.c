/* What a run's file says in words: options and where things are, names and events. */
#include <stdio.h>
#include <stdlib.h>
#include "io/json_write.h"
#include "io/run_internal.h"

/* 64 bits, which JSON's numbers don't hold. */
static void json_bits(struct json_writer *w, const char *key, guint64 value)
{
    char text[17];

    g_snprintf(text, sizeof text, "%016" G_GINT64_MODIFIER "x", value);
    json_string(w, key, text);
}

static void write_origin(struct json_writer *w, const struct run_origin *o)
{
    json_begin_object(w, "origin", false);
    json_string(w, "base", o->base);
    json_string(w, "base_hash", o->base_hash);
    json_string(w, "examples", o->examples);
    json_string(w, "examples_hash", o->examples_hash);
    json_string(w, "train", o->train);
    json_string(w, "tokenizer", o->tokenizer);
    json_string(w, "uncovered", o->uncovered);
    json_string(w, "output", o->output);
    json_end_object(w);
}

static void write_factors(struct json_writer *w, const struct training_options *o)
{
    json_begin_list(w, "factors", false);
    for (guint i = 0; i < o->n_factors; i++) {
        json_begin_object(w, NULL, true);
        json_string(w, "pattern", o->factors[i].pattern);
        json_double(w, "factor", o->factors[i].factor);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_options(struct json_writer *w, const struct training_options *o)
{
    json_begin_object(w, "options", false);
    json_double(w, "learning_rate", o->learning_rate);
    json_double(w, "weight_decay", o->weight_decay);
    json_double(w, "clip", o->clip);
    json_string(w, "optimizer", o->optimizer->name);
    json_double(w, "beta_1", o->numbers.beta_1);
    json_double(w, "beta_2", o->numbers.beta_2);
    json_double(w, "epsilon", o->numbers.epsilon);
    json_double(w, "momentum", o->numbers.momentum);
    json_string(w, "schedule", o->schedule->name);
    json_double(w, "final_rate", o->final_rate);
    json_count(w, "steps", o->steps);
    json_count(w, "warmup", o->warmup);
    json_count(w, "batch", o->batch);
    json_count(w, "longest", o->longest);
    write_factors(w, o);
    json_double(w, "layer_decay", o->layer_decay);
    json_string(w, "lora", o->lora);
    json_count(w, "lora_rank", o->lora_rank);
    json_double(w, "lora_alpha", o->lora_alpha);
    json_bits(w, "seed", o->seed);
    json_count(w, "look_every", o->look_every);
    json_end_object(w);
}

static void write_position(struct json_writer *w, const struct run_position *p)
{
    json_begin_object(w, "state", false);
    json_count(w, "step", p->step);
    json_count(w, "epoch", p->epoch);
    json_count(w, "position", p->position);
    json_bits(w, "random", p->random);
    json_double(w, "learning_rate", p->learning_rate);
    json_double(w, "weight_decay", p->weight_decay);
    json_double(w, "smoothing", p->smoothing);
    json_end_object(w);
}

char *run_json(const struct run_origin *o, const struct training_options *options,
               const struct run_position *p)
{
    char *text = NULL;
    size_t bytes;
    struct json_writer w;

    json_writer_init(&w, open_memstream(&text, &bytes));
    json_begin_object(&w, NULL, false);
    json_count(&w, "run", RUN_FORM);
    write_origin(&w, o);
    write_options(&w, options);
    write_position(&w, p);
    json_end_object(&w);
    fclose(w.out);
    return text;
}

static void write_categories(struct json_writer *w, const struct timeline *t)
{
    json_begin_list(w, "categories", false);
    for (uint32_t i = 0; i < t->n_categories; i++) {
        json_begin_object(w, NULL, true);
        json_string(w, "name", t->categories[i]);
        json_bool(w, "uncovered", t->uncovered[i]);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_events(struct json_writer *w, const struct timeline *t)
{
    json_begin_list(w, "events", false);
    for (guint i = 0; i < t->events->len; i++) {
        const struct event *e = &g_array_index(t->events, struct event, i);

        json_begin_object(w, NULL, true);
        json_string(w, "kind", event_name(e->kind));
        json_count(w, "step", e->step);
        json_double(w, "value", e->value);
        json_string(w, "text", e->text);
        json_end_object(w);
    }
    json_end_list(w);
}

char *run_timeline_json(const struct timeline *t)
{
    char *text = NULL;
    size_t bytes;
    struct json_writer w;

    json_writer_init(&w, open_memstream(&text, &bytes));
    json_begin_object(&w, NULL, false);
    json_count(&w, "blocks", t->n_blocks);
    write_categories(&w, t);
    json_begin_list(&w, "continuations", false);
    for (guint i = 0; i < t->looks->len; i++)
        json_string(&w, NULL, g_array_index(t->looks, struct look_record, i).continuation);
    json_end_list(&w);
    write_events(&w, t);
    json_end_object(&w);
    fclose(w.out);
    return text;
}
