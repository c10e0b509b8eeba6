#include "tui/overview_names.h"

#include <string.h>

#include "tui/surface.h"

#define NARROWEST 8 /* columns in which a cut says anything */

/* About what a name takes once it is escaped; exact for ASCII. */
static int name_columns(const char *name)
{
    int n = 0;

    for (; *name; name++)
        n += (guchar)*name < ' ' || *name == 0x7f ? 4 : *name == '\\' ? 2 : 1;
    return n;
}

int overview_names_longest(const struct overview_rows *r)
{
    int longest = 0;

    for (guint i = 0; i < r->n; i++) {
        const struct overview_row *row = &r->rows[i];
        bool nested = row->entry != PAIR_NONE && !overview_rows_is_single(r, row->group);
        const char *name = row->entry == PAIR_NONE ? r->of->groups[row->group].label
                                                   : comparison_tensor(r->of, row->entry)->name;

        longest = MAX(longest,
                      nested ? 1 + name_columns(name + r->skip[row->group]) : name_columns(name));
    }
    return longest;
}

static int char_columns(const char *p)
{
    gunichar c = g_utf8_get_char(p);

    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

/* Bytes of the longest head that takes at most `columns`; one pass, as names may be very long. */
static gsize head_bytes(const char *text, int columns)
{
    const char *p = text;

    while (*p && (columns -= char_columns(p)) >= 0)
        p = g_utf8_next_char(p);
    return (gsize)(p - text);
}

char *name_cut_at(const char *name, int columns, gsize from)
{
    int head = columns / 3, rest = columns - head - 1;
    const char *tail = name + MIN(from, strlen(name));
    gsize n;

    /* Not in the middle of a character, and with as much before it as there is room for. */
    while (tail > name && (*tail & 0xc0) == 0x80)
        tail--;
    while (tail > name + head && text_columns(tail) < rest)
        tail = g_utf8_find_prev_char(name, tail);
    n = head_bytes(tail, rest);
    if (tail[n])
        n = head_bytes(tail, rest - 1);
    return g_strdup_printf("%.*s~%.*s%s", (int)head_bytes(name, head), name, (int)n, tail,
                           tail[n] ? "~" : "");
}

/* As surface_field cuts it. */
static char *cut_in_the_middle(const char *name, int columns)
{
    int all = text_columns(name), head = columns / 2;
    const char *tail = name;

    if (all <= columns)
        return g_strdup(name);
    for (int drop = all - (columns - head - 1); drop > 0; tail = g_utf8_next_char(tail))
        drop -= char_columns(tail);
    return g_strdup_printf("%.*s~%s", (int)head_bytes(name, head), name, tail);
}

static gsize common_head(const char *a, const char *b)
{
    gsize n = 0;

    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* Where row i's name first differs from one that is shown like it; G_MAXSIZE: none is. */
static gsize first_difference(char *const *shown, const struct row_facts *f, guint n, guint i)
{
    gsize first = G_MAXSIZE;

    for (guint k = 0; k < n; k++)
        if (k != i && strcmp(shown[k], shown[i]) == 0 && strcmp(f[k].name, f[i].name) != 0)
            first = MIN(first, common_head(f[k].name, f[i].name));
    return first;
}

void overview_names_apart(struct row_facts *f, guint n, int columns)
{
    char **shown, **apart;

    if (columns < NARROWEST)
        return;
    shown = g_new0(char *, n + 1);
    apart = g_new0(char *, n + 1);
    for (guint i = 0; i < n; i++)
        shown[i] = cut_in_the_middle(f[i].name, columns - f[i].nested);
    for (guint i = 0; i < n; i++) {
        gsize from = first_difference(shown, f, n, i);

        if (from != G_MAXSIZE && text_columns(f[i].name) > columns - f[i].nested)
            apart[i] = name_cut_at(f[i].name, columns - f[i].nested, from);
    }
    for (guint i = 0; i < n; i++) {
        if (!apart[i])
            continue;
        g_free(f[i].name);
        f[i].name = apart[i];
    }
    g_strfreev(shown);
    g_free(apart);
}
