#include "tests/support/pty_screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#define DEADLINE_MS 20000

struct pty {
    struct pty_job job;
    VTerm *vt;
    VTermScreen *screen;
    struct pty_audit *audit;
    GByteArray *unsent; /* keys the program has not taken yet */
    bool events_over, output_over;
    bool alternate, cursor_visible;
    bool unseen; /* output goes to the audit alone */
};

static gint64 now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

int pty_slow(void)
{
    const char *factor = g_getenv("TARE_TEST_SLOW");
    return factor ? MAX(1, atoi(factor)) : 1;
}

static int on_property(VTermProp prop, VTermValue *value, void *user)
{
    struct pty *p = user;

    if (prop == VTERM_PROP_ALTSCREEN)
        p->alternate = value->boolean;
    else if (prop == VTERM_PROP_CURSORVISIBLE)
        p->cursor_visible = value->boolean;
    return 1;
}

/* Answers to the program's questions (cursor position, device attributes). */
static void on_answer(const char *bytes, size_t n, void *user)
{
    pty_send(user, bytes, n);
}

struct pty *pty_start(const struct pty_options *o)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
    struct pty *p = g_new0(struct pty, 1);

    p->vt = vterm_new(o->rows ? o->rows : 24, o->cols ? o->cols : 80);
    vterm_set_utf8(p->vt, !o->bytes);
    vterm_output_set_callback(p->vt, on_answer, p);
    p->unsent = g_byte_array_new();
    p->cursor_visible = true;
    p->screen = vterm_obtain_screen(p->vt);
    vterm_screen_enable_altscreen(p->screen, 1);
    vterm_screen_set_callbacks(p->screen, &callbacks, p);
    vterm_screen_reset(p->screen, 1);
    p->audit = pty_audit_create(!o->bytes);
    pty_job_start(&p->job, o);
    return p;
}

void pty_destroy(struct pty *p)
{
    if (!p)
        return;
    pty_job_finish(&p->job);
    vterm_free(p->vt);
    pty_audit_destroy(p->audit);
    g_byte_array_unref(p->unsent);
    g_free(p);
}

static void feed(struct pty *p, const char *bytes, gsize n)
{
    pty_audit_feed(p->audit, bytes, n);
    if (!p->unseen)
        vterm_input_write(p->vt, bytes, n);
}

static bool ends_with(const GString *text, const char *mark, gsize n)
{
    return text->len >= n && memcmp(text->str + text->len - n, mark, n) == 0;
}

/* What a program wrote is not there for us at once when it has ended: so write a mark behind it and
 * read up to that. */
static void take_rest(struct pty *p)
{
    static const char mark[] = "\005the end\005";
    GString *rest = g_string_new(NULL);
    struct pollfd fd = {p->job.master, POLLIN, 0};

    if (write(p->job.slave, mark, sizeof mark - 1) > 0) {
        while (!ends_with(rest, mark, sizeof mark - 1) &&
               poll(&fd, 1, DEADLINE_MS * pty_slow()) > 0) {
            char bytes[4096];
            gssize n = read(p->job.master, bytes, sizeof bytes);
            if (n <= 0)
                break;
            g_string_append_len(rest, bytes, n);
        }
        if (ends_with(rest, mark, sizeof mark - 1))
            g_string_truncate(rest, rest->len - (sizeof mark - 1));
    }
    feed(p, rest->str, rest->len);
    g_string_free(rest, TRUE);
    p->output_over = true;
}

static void take_output(struct pty *p)
{
    char bytes[16384];
    gssize n = read(p->job.master, bytes, sizeof bytes);

    if (n > 0) {
        feed(p, bytes, (gsize)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        p->output_over = true;
    }
}

static void send_keys(struct pty *p)
{
    gssize n = write(p->job.master, p->unsent->data, p->unsent->len);

    if (n > 0)
        g_byte_array_remove_range(p->unsent, 0, (guint)n);
    else if (errno != EAGAIN && errno != EINTR)
        g_byte_array_set_size(p->unsent, 0);
}

/* Waits for output, for room for keys or for news of the program; true if there was output. */
static bool pump(struct pty *p, int timeout)
{
    bool open = p->job.master >= 0 && !p->output_over;
    struct pollfd fds[] = {
        {open ? p->job.master : -1, (short)(POLLIN | (p->unsent->len ? POLLOUT : 0)), 0},
        {p->events_over ? -1 : p->job.events, POLLIN, 0},
    };

    if (poll(fds, 2, timeout) <= 0)
        return false;
    if (fds[1].revents)
        p->events_over = !pty_job_event(&p->job);
    if (fds[0].revents & POLLOUT)
        send_keys(p);
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        take_output(p);
        return true;
    }
    return false;
}

void pty_send(struct pty *p, const void *bytes, gsize n)
{
    g_byte_array_append(p->unsent, bytes, (guint)n);
}

void pty_type(struct pty *p, const char *keys)
{
    pty_send(p, keys, strlen(keys));
}

void pty_resize(struct pty *p, int rows, int cols)
{
    struct winsize size = {(unsigned short)rows, (unsigned short)cols, 0, 0};

    while (pump(p, 0))
        ;
    if (!p->unseen)
        vterm_set_size(p->vt, rows, cols);
    ioctl(p->job.master, TIOCSWINSZ, &size);
}

void pty_look_away(struct pty *p, bool unseen)
{
    while (pump(p, 0))
        ;
    p->unseen = unseen;
}

void pty_hangup(struct pty *p)
{
    close(p->job.master);
    p->job.master = -1;
}

bool pty_wait_for(struct pty *p, pty_predicate predicate, const void *data, int milliseconds)
{
    gint64 end = now_ms() + milliseconds;

    while (!predicate(p, data)) {
        gint64 left = end - now_ms();
        if (left <= 0)
            return false;
        if (p->job.ended) {
            pty_wait_end(p, NULL);
            return predicate(p, data);
        }
        pump(p, (int)left);
    }
    return true;
}

bool pty_wait(struct pty *p, pty_predicate predicate, const void *data)
{
    return pty_wait_for(p, predicate, data, DEADLINE_MS * pty_slow());
}

static bool has_text(struct pty *p, const void *text)
{
    return pty_find(p, text) >= 0;
}

static bool has_no_text(struct pty *p, const void *text)
{
    return pty_find(p, text) < 0;
}

static bool has_stopped(struct pty *p, const void *none)
{
    (void)none;
    return p->job.stopped;
}

static bool goes_on(struct pty *p, const void *none)
{
    (void)none;
    return !p->job.stopped;
}

static bool has_ended(struct pty *p, const void *none)
{
    (void)none;
    return p->job.ended;
}

bool pty_wait_text(struct pty *p, const char *text)
{
    return pty_wait(p, has_text, text);
}

bool pty_wait_gone(struct pty *p, const char *text)
{
    return pty_wait(p, has_no_text, text);
}

bool pty_wait_stop(struct pty *p)
{
    return pty_wait(p, has_stopped, NULL);
}

bool pty_wait_end(struct pty *p, int *status)
{
    if (!pty_wait(p, has_ended, NULL))
        return false;
    if (p->job.master >= 0 && !p->output_over)
        take_rest(p);
    if (status)
        *status = p->job.status;
    return true;
}

void pty_signal(struct pty *p, int signal)
{
    kill(p->job.program, signal);
    if (signal == SIGCONT) /* or the stop before it would be taken for the next one */
        pty_wait(p, goes_on, NULL);
}

void pty_wait_quiet(struct pty *p, int milliseconds)
{
    gint64 end = now_ms() + DEADLINE_MS * pty_slow(), quiet;

    milliseconds *= pty_slow();
    quiet = now_ms() + milliseconds;
    while (now_ms() < MIN(quiet, end)) {
        if (pump(p, (int)MAX(0, quiet - now_ms())) || (p->unsent->len && !p->job.ended))
            quiet = now_ms() + milliseconds;
    }
}

void pty_size(const struct pty *p, int *rows, int *cols)
{
    vterm_get_size(p->vt, rows, cols);
}

static int colour(const struct pty *p, VTermColor c)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(&c) || VTERM_COLOR_IS_DEFAULT_BG(&c))
        return -1;
    if (VTERM_COLOR_IS_INDEXED(&c))
        return c.indexed.idx;
    vterm_screen_convert_color_to_rgb(p->screen, &c);
    return 0x1000000 | c.rgb.red << 16 | c.rgb.green << 8 | c.rgb.blue;
}

void pty_cell(const struct pty *p, int row, int col, struct pty_cell *cell)
{
    VTermScreenCell c;
    int n = 0;

    memset(cell, 0, sizeof *cell);
    vterm_screen_get_cell(p->screen, (VTermPos){row, col}, &c);
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && c.chars[i] && c.chars[i] != (uint32_t)-1; i++)
        n += g_unichar_to_utf8(c.chars[i], cell->text + n);
    cell->fg = colour(p, c.fg);
    cell->bg = colour(p, c.bg);
    cell->bold = c.attrs.bold;
    cell->reverse = c.attrs.reverse;
    cell->underline = c.attrs.underline != 0;
}

/* The right half of a wide glyph has no text of its own. */
static bool right_half(const struct pty *p, int row, int col)
{
    VTermScreenCell c;

    vterm_screen_get_cell(p->screen, (VTermPos){row, col}, &c);
    return c.chars[0] == (uint32_t)-1;
}

char *pty_row(const struct pty *p, int row)
{
    GString *text = g_string_new(NULL);
    int rows, cols;

    pty_size(p, &rows, &cols);
    for (int col = 0; row < rows && col < cols; col++) {
        struct pty_cell cell;
        pty_cell(p, row, col, &cell);
        if (cell.text[0])
            g_string_append(text, cell.text);
        else if (!right_half(p, row, col))
            g_string_append_c(text, ' ');
    }
    return g_strchomp(g_string_free(text, FALSE));
}

char *pty_text(const struct pty *p)
{
    GString *text = g_string_new(NULL);
    int rows, cols;

    pty_size(p, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        g_autofree char *line = pty_row(p, row);
        g_string_append_printf(text, "%s\n", line);
    }
    return g_string_free(text, FALSE);
}

int pty_find(const struct pty *p, const char *text)
{
    int rows, cols, found = -1;

    pty_size(p, &rows, &cols);
    for (int row = 0; row < rows && found < 0; row++) {
        g_autofree char *line = pty_row(p, row);
        if (strstr(line, text))
            found = row;
    }
    return found;
}

void pty_cursor(const struct pty *p, int *row, int *col)
{
    VTermPos at;

    vterm_state_get_cursorpos(vterm_obtain_state(p->vt), &at);
    *row = at.row;
    *col = at.col;
}

bool pty_alternate(const struct pty *p)
{
    return p->alternate;
}

bool pty_cursor_visible(const struct pty *p)
{
    return p->cursor_visible;
}

/* From the bytes: libvterm takes only the first of several modes in one sequence. */
int pty_mouse(const struct pty *p)
{
    static const int modes[] = {9, 1003, 1002, 1001, 1000};

    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (pty_audit_mode(p->audit, modes[i]))
            return modes[i];
    }
    return 0;
}

bool pty_alive(const struct pty *p)
{
    return !p->job.ended;
}

const struct pty_audit *pty_audit(const struct pty *p)
{
    return p->audit;
}

static bool plain_pen(const struct pty *p)
{
    VTermState *state = vterm_obtain_state(p->vt);
    VTermValue bold, reverse, fg, bg;

    vterm_state_get_penattr(state, VTERM_ATTR_BOLD, &bold);
    vterm_state_get_penattr(state, VTERM_ATTR_REVERSE, &reverse);
    vterm_state_get_penattr(state, VTERM_ATTR_FOREGROUND, &fg);
    vterm_state_get_penattr(state, VTERM_ATTR_BACKGROUND, &bg);
    return !bold.boolean && !reverse.boolean && VTERM_COLOR_IS_DEFAULT_FG(&fg.color) &&
           VTERM_COLOR_IS_DEFAULT_BG(&bg.color);
}

static bool same_termios(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

char *pty_not_restored(const struct pty *p)
{
    struct termios now;

    if (p->alternate)
        return g_strdup("the alternate screen is still on");
    if (!p->cursor_visible)
        return g_strdup("the cursor is hidden");
    if (pty_mouse(p))
        return g_strdup("the mouse still reports");
    if (!plain_pen(p))
        return g_strdup("colours or attributes are still set");
    if (tcgetattr(p->job.slave, &now) < 0 || !same_termios(&now, &p->job.before))
        return g_strdup("the line settings (termios) differ");
    return pty_audit_left_on(p->audit);
}
