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
              "a file looks like. Of models that can't be run here, show what was recorded "
              "elsewhere: --recording FILE for each, or :recording BASE [TUNED].");
}

static void say_failure(struct page *p, const struct study *of, int cols)
{
    char *safe = escape_text(study_error(of));

    page_print(p, PAINT_BAD, study_is_recorded(of)
                                 ? " The recording could not be read:"
                                 : " The models could not be run on the examples:");
    page_wrap(p, cols, 3, "   ", PAINT_TEXT, safe);
    g_free(safe);
}

static void say_progress(struct page *p, const struct study *of, const char *what)
{
    struct study_progress now;
    char left[UNIT_BYTES];

    study_progress(of, &now);
    page_print(p, PAINT_TEXT, " %s: %s", what, study_phase_name(of));
    if (now.phase == STUDY_RUNNING && now.tokens_total)
        page_print(p, PAINT_DIM, " %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " %s%s%s",
                   now.tokens_done, now.tokens_total, study_is_recorded(of) ? "rows" : "tokens",
                   isnan(now.seconds_left) ? "" : ", ",
                   isnan(now.seconds_left) ? "" : unit_seconds(left, now.seconds_left));
}

/* What views of texts and models say of a recording, which has neither. */
static void say_recorded(struct page *p, int cols, const char *what)
{
    page_print(p, PAINT_TITLE, " Not of a recording: %s.", what);
    page_wrap(p, cols, 1, " ", PAINT_TEXT,
              "It holds what layers showed, row by row, and nothing of texts, tokens, losses or "
              "attention: those need models that are run here, on examples (--examples FILE, or "
              ":examples FILE). What it does hold is in the views of categories and activations.");
}

/* The models ran, but what flows through them could not be looked at. */
static void say_unlike(struct page *p, const struct study *of, int cols, const char *what)
{
    char *safe = escape_text(study_why_no_activity(of));

    page_print(p, PAINT_WARN, " No %s:", what);
    page_wrap(p, cols, 3, "   ", PAINT_TEXT, safe);
    g_free(safe);
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
    else if (study_is_recorded(of) && study_activity(of))
        say_recorded(&p, s->cols - 1, what);
    else if (study_why_no_activity(of))
        say_unlike(&p, of, s->cols - 1, what);
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
