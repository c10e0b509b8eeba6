/* A program that takes the terminal and ends in the way its key says: what test_term looks at. */
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/term.h"

static struct term *term;

static void frame(const char *what)
{
    struct canvas *c;
    struct surface s;
    int rows, cols;

    term_size(term, &rows, &cols);
    c = canvas_create(rows, cols, term_ascii(term));
    s = canvas_surface(c);
    surface_print(&s, 0, 0, style_of(PAINT_TITLE), "probe %dx%d %s", cols, rows, what);
    surface_text(&s, 1, 0, style_of(PAINT_TUNED), "e\xcc\x81 \xe6\xbc\xa2 \xe2\x96\x88|");
    surface_text(&s, 2, 0, style_of(PAINT_CURSOR), "cursor");
    surface_glyph(&s, 2, 8, (struct style){PAINT_RAMP, PAINT_RAMP + 7, 0}, '#');
    surface_glyph(&s, rows - 1, cols - 1, style_of(PAINT_TEXT), '$');
    surface_cursor(&s, 2, 0);
    term_show(term, c);
    canvas_destroy(c);
}

/* Not NULL, which a sanitizer would notice first. */
#define NOWHERE GSIZE_TO_POINTER(4096)

static gpointer crash(gpointer nowhere)
{
    *(volatile int *)nowhere = 1;
    return NULL;
}

static int recurse(volatile char *above)
{
    volatile char room[4096];

    room[0] = above[0];
    return above[0] ? 0 : recurse(room) + room[0]; /* 0 for ever */
}

static void act(gunichar key)
{
    volatile char start = 0;

    switch (key) {
    case 's':
        crash(NOWHERE);
        break;
    case 'o':
        recurse(&start);
        break;
    case 't':
        g_thread_join(g_thread_new("crash", crash, NOWHERE));
        break;
    case 'a':
        g_assert_not_reached();
    case 'x':
        exit(7);
    case 'm':
        term_mouse(term, true);
        break;
    case 'c':
        term_clipboard(term, "copied text");
        break;
    case 'l':
        term_redraw(term);
        break;
    case KEY_CTRL('z'):
        term_suspend(term);
        break;
    }
}

static const char *key_text(gunichar key, int row, int col)
{
    static char text[64];

    if (key == KEY_MOUSE_CLICK)
        g_snprintf(text, sizeof text, "click %d,%d", row, col);
    else if (key == KEY_SIZE_CHANGED)
        g_snprintf(text, sizeof text, "size");
    else if (key >= KEY_NONE_PRESSED)
        g_snprintf(text, sizeof text, "key +%u", key - KEY_NONE_PRESSED);
    else
        g_snprintf(text, sizeof text, "key %x", key);
    return text;
}

static bool lost(void)
{
    return term_lost(term);
}

int main(int argc, char **argv)
{
    struct term_options options = {.ascii = argc > 1 && strcmp(argv[1], "ascii") == 0};
    GError *error = NULL;
    gunichar key = 0;

    setlocale(LC_ALL, "");
    term = term_open(&options, &error);
    if (!term) {
        fprintf(stderr, "%s\n", error->message);
        g_error_free(error);
        return 2;
    }
    frame("ready");
    while (key != 'q') {
        struct pollfd fds[] = {{term_fd(term), POLLIN, 0}, {term_signal_fd(term), POLLIN, 0}};
        int row = -1, col = -1;

        poll(fds, G_N_ELEMENTS(fds), -1);
        if (fds[0].revents && lost()) {
            term_close(term);
            return 4;
        }
        while ((key = term_read(term, &row, &col)) != KEY_NONE_PRESSED && key != 'q') {
            act(key);
            frame(key_text(key, row, col));
        }
    }
    term_close(term);
    puts("closed");
    return 0;
}
