#include "io/report_evaluate.h"

#include <string.h>
#include "io/json_write.h"
#include "io/report_activity.h"
#include "io/report_behaviour.h"
#include "io/report_lines.h"

static void write_file(struct json_writer *w, const char *key, const struct checkpoint *c)
{
    if (!c) {
        json_null(w, key);
        return;
    }
    json_begin_object(w, key, true);
    json_string(w, "path", c->source->path);
    json_string(w, "architecture", c->arch->name);
    json_count(w, "parameters", c->parameters);
    json_count(w, "blocks", c->n_blocks);
    json_end_object(w);
}

static void write_finding(struct json_writer *w, const struct finding *f)
{
    json_begin_object(w, NULL, false);
    json_string(w, "id", f->rule->id);
    json_string(w, "severity", severity_name(f->severity));
    json_string(w, "what", f->what);
    json_string(w, "meaning", f->rule->meaning);
    json_string(w, "advice", f->rule->advice);
    json_string(w, "limits", f->rule->limits);
    json_end_object(w);
}

static void write_json(const struct evaluate_report *r, FILE *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_begin_object(&w, NULL, false);
    json_count(&w, "evaluate", 1);
    json_string(&w, "version", TARE_VERSION);
    write_file(&w, "base", r->comparison->base);
    write_file(&w, "tuned", r->comparison->tuned);
    if (r->result->behaviour)
        report_behaviour_json(&w, r->result);
    report_activity_json(&w, r->comparison->activity, behaviour_remarks(r->result));
    json_begin_list(&w, "findings", false);
    for (guint i = 0; i < r->findings->len; i++)
        write_finding(&w, &g_array_index(r->findings, struct finding, i));
    json_end_list(&w);
    json_end_object(&w);
}

static void write_text(const struct evaluate_report *r, FILE *out)
{
    fputs("base  ", out);
    report_escaped(out, r->comparison->base->source->path);
    if (r->comparison->tuned) {
        fputs("\ntuned ", out);
        report_escaped(out, r->comparison->tuned->source->path);
    }
    fputc('\n', out);
    if (r->result->behaviour)
        report_behaviour_text(out, r->result);
    report_activity_text(out, r->comparison->activity, behaviour_remarks(r->result));
    for (guint i = 0; i < r->findings->len; i++) {
        const struct finding *f = &g_array_index(r->findings, struct finding, i);

        fprintf(out, "\n%s: ", severity_name(f->severity));
        report_escaped(out, f->what);
        fprintf(out, "\n  means:  %s\n  do:     %s\n  limits: %s\n", f->rule->meaning,
                f->rule->advice, f->rule->limits);
    }
}

static void write_csv(const struct evaluate_report *r, FILE *out)
{
    if (r->result->behaviour)
        report_behaviour_csv(out, r->result);
    report_activity_csv(out, r->comparison->activity);
}

const struct evaluate_form evaluate_forms[] = {
    {"text", write_text}, {"json", write_json}, {"csv", write_csv}, {NULL, NULL}};

const struct evaluate_form *evaluate_form_find(const char *name)
{
    for (const struct evaluate_form *f = evaluate_forms; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}
