#include "tui/page.h"

#include <stdarg.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/list.h"

static void line_finish(gpointer data)
{
    struct page_line *l = data;

    g_free(l->text);
}

void page_init(struct page *p)
{
    *p = (struct page){.lines = g_array_new(FALSE, TRUE, sizeof(struct page_line))};
    g_array_set_clear_func(p->lines, line_finish);
}

void page_finish(struct page *p)
{
    if (p->lines)
        g_array_free(p->lines, TRUE);
    *p = (struct page){0};
}

void page_clear(struct page *p)
{
    g_array_set_size(p->lines, 0);
}

static void add(struct page *p, char *text, enum paint paint, int indent)
{
    struct page_line line = {.text = text, .style = style_of(paint), .indent = indent};

    g_array_append_val(p->lines, line);
}

void page_rule(struct page *p, const char *title)
{
    struct page_line line = {.text = g_strdup(title), .rule = true};

    g_array_append_val(p->lines, line);
}

void page_print(struct page *p, enum paint paint, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(p, g_strdup_vprintf(format, args), paint, 0);
    va_end(args);
}

/* Bytes of text that fit into `columns`, up to a space if there is one; at least one glyph. */
static gsize piece(const char *text, int columns)
{
    gsize n = text_head(text, columns);

    if (!text[n])
        return n;
    for (gsize space = n; space-- > 1;)
        if (text[space] == ' ')
            return space;
    return MAX(n, (gsize)(g_utf8_next_char(text) - text));
}

void page_wrap(struct page *p, int width, int indent, const char *lead, enum paint paint,
               const char *text)
{
    int room = MAX(width - indent, 8);
    bool first = true;

    do {
        gsize n = piece(text, room);
        char *part = g_strndup(text, n);

        if (first)
            add(p, g_strdup_printf("%-*s%s", indent, lead ? lead : "", part), paint, 0);
        else
            add(p, g_strdup(part), paint, indent);
        g_free(part);
        first = false;
        text += n;
        while (*text == ' ')
            text++;
    } while (*text);
}

void page_layout(struct page *p, int height)
{
    guint rows = (guint)MAX(height, 1), n = p->lines->len;

    p->height = height;
    p->top = MIN(p->top, n > rows ? n - rows : 0);
}

bool page_act(struct page *p, int action)
{
    gint64 top = p->top, page = MAX(p->height - 1, 1);

    switch (action) {
    case ACTION_UP:
        top--;
        break;
    case ACTION_DOWN:
        top++;
        break;
    case ACTION_PAGE_UP:
        top -= page;
        break;
    case ACTION_PAGE_DOWN:
        top += page;
        break;
    case ACTION_HALF_UP:
        top -= page / 2 + 1;
        break;
    case ACTION_HALF_DOWN:
        top += page / 2 + 1;
        break;
    case ACTION_HOME:
        top = 0;
        break;
    case ACTION_END:
        top = p->lines->len;
        break;
    default:
        return false;
    }
    p->top = (guint)MAX(top, 0);
    page_layout(p, p->height);
    return true;
}

bool page_find(struct page *p, const char *text, bool backwards, guint *hits)
{
    struct matcher *m = matcher_create(text);
    guint n = p->lines->len, to = p->top;
    bool found = false;

    *hits = 0;
    for (guint k = 1; k <= n; k++) {
        guint i = (p->top + (backwards ? n - k : k)) % n;

        if (!matcher_hit(m, g_array_index(p->lines, struct page_line, i).text))
            continue;
        ++*hits;
        to = found ? to : i;
        found = true;
    }
    p->top = to;
    matcher_destroy(m);
    page_layout(p, p->height);
    return found;
}

void page_draw(const struct page *p, const struct surface *s)
{
    bool more = p->lines->len > p->top + (guint)MAX(s->rows, 0) && s->cols > 8;

    for (int row = 0; row < s->rows && p->top + (guint)row < p->lines->len; row++) {
        const struct page_line *l = &g_array_index(p->lines, struct page_line, p->top + (guint)row);

        /* The marker stands in no text: what it takes the place of comes with the next key. */
        if (more && row == s->rows - 1 && l->indent + text_columns(l->text) > s->cols - 8)
            continue;
        if (l->rule)
            surface_rule(s, row, l->text);
        else
            surface_text(s, row, l->indent, l->style, l->text);
    }
    if (more)
        surface_text(s, s->rows - 1, s->cols - 7, style_of(PAINT_KEY), " [more]");
}

char *page_text(const struct page *p)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < p->lines->len; i++) {
        const struct page_line *l = &g_array_index(p->lines, struct page_line, i);

        g_string_append_printf(out, "%*s%s\n", l->indent, "", l->text);
    }
    return g_string_free(out, FALSE);
}
