#include "tui/study_text.h"

#include <math.h>

#include "core/escape.h"
#include "tui/page.h"
#include "tui/units.h"
#include "tui/view_text.h"

struct study *view_study(const struct view *v)
{
    return v->model->study;
}

static void say_how(struct page *p, int cols)
{
    page_print(p, PAINT_TITLE, " No examples yet.");
    page_wrap(p, cols, 1, " ", PAINT_TEXT,
              "Both models are run on texts of yours, by category: start with --examples FILE, or "
              "name them here with :examples FILE [TOKENIZER]. tare examples --help says what such "
              "a file looks like.");
}

static void say_failure(struct page *p, const struct study *of, int cols)
{
    char *safe = escape_text(study_error(of));

    page_print(p, PAINT_BAD, " The models could not be run on the examples:");
    page_wrap(p, cols, 3, "   ", PAINT_TEXT, safe);
    g_free(safe);
}

static void say_progress(struct page *p, const struct study *of, const char *what)
{
    struct study_progress now;
    char left[UNIT_BYTES];

    study_progress(of, &now);
    page_print(p, PAINT_TEXT, " %s: %s", what, study_phase_name(now.phase));
    if (now.phase == STUDY_RUNNING && now.tokens_total)
        page_print(p, PAINT_DIM, " %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " tokens%s%s",
                   now.tokens_done, now.tokens_total, isnan(now.seconds_left) ? "" : ", ",
                   isnan(now.seconds_left) ? "" : unit_seconds(left, now.seconds_left));
}

bool study_draw_absent(const struct view *v, const struct surface *s, bool there, const char *what)
{
    const struct study *of = view_study(v);
    struct page p;

    if (view_draw_absent(v, s))
        return true;
    if (of && there)
        return false;
    page_init(&p);
    if (!of)
        say_how(&p, s->cols - 1);
    else if (study_error(of))
        say_failure(&p, of, s->cols - 1);
    else
        say_progress(&p, of, what);
    page_draw(&p, s);
    page_finish(&p);
    surface_cursor(s, 0, 0);
    return true;
}

char *category_label(const struct view *v, uint32_t category)
{
    const struct examples *e = view_study(v) ? study_examples(view_study(v)) : NULL;

    if (!e || category >= e->n_categories)
        return g_strdup("?");
    return escape_text(examples_category_name(e, category));
}

char *token_label(const struct view *v, uint32_t id)
{
    const struct tokenizer *t = view_study(v) ? study_tokenizer(view_study(v)) : NULL;
    const char *text = t && id < tokenizer_size(t) ? tokenizer_token(t, id, NULL) : NULL;

    return text ? escape_text(text) : g_strdup_printf("#%u", id);
}

char *example_label(const struct view *v, uint32_t example)
{
    const struct examples *e = view_study(v) ? study_examples(view_study(v)) : NULL;

    return e && example < e->n ? escape_text(e->examples[example].id) : g_strdup("?");
}

char *interval_text(char buf[static INTERVAL_BYTES], double value, double low, double high)
{
    if (isnan(value))
        g_strlcpy(buf, "-", INTERVAL_BYTES);
    else if (isnan(low) || isnan(high))
        g_snprintf(buf, INTERVAL_BYTES, "%.3g", value);
    else
        g_snprintf(buf, INTERVAL_BYTES, "%.3g [%.3g, %.3g]", value, low, high);
    return buf;
}
