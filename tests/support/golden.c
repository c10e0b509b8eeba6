#include "tests/support/golden.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define STYLES 62
/* How long a screen may take to become what it should be, once its text is there. */
#define SETTLE_MS 5000
/* What is to be written is given less time to be there already. */
#define WRITE_MS 600

struct golden {
    char *wanted;
    bool styles;
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static char *style_name(const struct pty_cell *c)
{
    GString *name = g_string_new(NULL);

    if (c->fg >= 0)
        g_string_append_printf(name, " fg %d", c->fg);
    if (c->bg >= 0)
        g_string_append_printf(name, " bg %d", c->bg);
    if (c->bold)
        g_string_append(name, " bold");
    if (c->reverse)
        g_string_append(name, " reverse");
    if (c->underline)
        g_string_append(name, " underline");
    return g_string_free(name, FALSE);
}

/* '.' for plain text, else a letter: the first style on the screen is 'a'. */
static char style_letter(const struct pty_cell *c, GPtrArray *names)
{
    g_autofree char *name = style_name(c);
    guint i;

    if (!name[0])
        return '.';
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, &i)) {
        i = names->len;
        g_ptr_array_add(names, g_steal_pointer(&name));
    }
    return i < STYLES ? letters[i] : '?';
}

static void append_styles(GString *text, const struct pty *p)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    int rows, cols;

    g_string_append(text, "styles\n");
    pty_size(p, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        for (int col = 0; col < cols; col++) {
            struct pty_cell cell;
            pty_cell(p, row, col, &cell);
            g_string_append_c(text, style_letter(&cell, names));
        }
        g_string_append_c(text, '\n');
    }
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%c%s\n", i < STYLES ? letters[i] : '?',
                               (const char *)names->pdata[i]);
}

char *golden_text(const struct pty *p, bool styles)
{
    g_autofree char *rows = pty_text(p);
    GString *text = g_string_new(NULL);

    g_string_append(text, rows);
    if (styles)
        append_styles(text, p);
    return g_string_free(text, FALSE);
}

/* text with every match replaced. */
static char *replaced(const char *text, const char *pattern, const char *by)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);

    return g_regex_replace(regex, text, -1, 0, by, 0, NULL);
}

char *golden_mask(const char *text)
{
    g_autofree char *a = replaced(text, "\\btare [0-9]+\\.[0-9]+\\.[0-9]+", "tare #");
    g_autofree char *b = replaced(a, " *\\b(?:[0-9]+m[0-9]+s|[0-9]+h[0-9]+m)\\b", " # s");
    g_autofree char *c = replaced(b, " *\\b[0-9]+(?:\\.[0-9]+)? ?(?:ms|s)(?![A-Za-z0-9])", " # s");
    g_autofree char *d = replaced(c, " *\\b[0-9]+(?:\\.[0-9]+)? ?[kMGT]?B/s", " # B/s");

    return replaced(d, "(# B/s|# s) +", "\\1 ");
}

static bool is_wanted(struct pty *p, const void *data)
{
    const struct golden *g = data;
    g_autofree char *now = golden_text(p, g->styles);
    g_autofree char *masked = golden_mask(now);

    return strcmp(masked, g->wanted) == 0;
}

static void show_difference(const char *wanted, const char *got)
{
    g_auto(GStrv) a = g_strsplit(wanted, "\n", -1);
    g_auto(GStrv) b = g_strsplit(got, "\n", -1);
    guint na = g_strv_length(a), nb = g_strv_length(b);

    for (guint i = 0; i < MAX(na, nb); i++) {
        const char *x = i < na ? a[i] : "", *y = i < nb ? b[i] : "";
        if (strcmp(x, y) == 0)
            fprintf(stderr, "%3u   %s\n", i + 1, x);
        else
            fprintf(stderr, "%3u - %s\n%3u + %s\n", i + 1, x, i + 1, y);
    }
}

static void write_file(struct pty *p, const char *path, bool styles)
{
    pty_wait_quiet(p, 400);
    g_autofree char *now = golden_text(p, styles);
    g_autofree char *masked = golden_mask(now);
    g_autoptr(GError) error = NULL;

    ck_assert_msg(g_file_set_contents(path, masked, -1, &error), "%s: %s", path,
                  error ? error->message : "");
}

void golden_expect(struct pty *p, const char *folder, const char *name, bool styles)
{
    g_autofree char *path = g_strdup_printf("%s/%s.txt", folder, name);
    g_autofree char *wanted = NULL;
    struct golden golden = {.styles = styles};

    bool writes = g_strcmp0(g_getenv("TARE_GOLDEN"), "write") == 0;
    bool there = g_file_get_contents(path, &wanted, NULL, NULL);

    golden.wanted = wanted;
    if (there && pty_wait_for(p, is_wanted, &golden, writes ? WRITE_MS : SETTLE_MS * pty_slow()))
        return;
    if (writes) {
        write_file(p, path, styles);
        return;
    }
    ck_assert_msg(there, "%s is not there: run with TARE_GOLDEN=write and look at it", path);
    g_autofree char *now = golden_text(p, styles);
    g_autofree char *masked = golden_mask(now);
    fprintf(stderr, "---- %s: wanted (-), on the screen (+)\n", path);
    show_difference(wanted, masked);
    ck_abort_msg("the screen is not %s", path);
}
