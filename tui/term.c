#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "tui/term_restore.h"

struct term {
    SCREEN *screen;
    enum depth depth;
    bool ascii, light, default_colors, ansi, utf8;
    int signal_fd;
    bool mouse;
    char partial[8]; /* of a UTF-8 character being typed */
    gsize n_partial;
};

static void refuse(GError **error, const char *what)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE, "%s, or use 'tare report'", what);
}

/* NULL if the terminal has no such string. */
static const char *capability(const char *name)
{
    const char *text = tigetstr(name);

    return text == (const char *)-1 || !text || !*text ? NULL : text;
}

/* NULL if stdin and stdout are no terminal, or none that can do it. */
static SCREEN *open_screen(GError **error)
{
    const char *name = g_getenv("TERM");
    SCREEN *screen = NULL;
    char *what;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        refuse(error, isatty(STDIN_FILENO)
                          ? "standard output is no terminal: run the viewer in one"
                          : "standard input is no terminal: run the viewer in one");
        return NULL;
    }
    if (name && *name)
        screen = newterm(NULL, stdout, stdin);
    if (screen && capability("cup") && capability("clear"))
        return screen;
    what = g_strdup_printf("TERM=%s: %s; set it to the terminal's kind (xterm-256color suits most)",
                           name ? name : "",
                           screen ? "the cursor of this kind of terminal can't be placed"
                                  : "terminfo knows no such terminal");
    refuse(error, what);
    g_free(what);
    if (screen) {
        endwin();
        delscreen(screen);
    }
    return NULL;
}

/* Appends a capability without its padding ("$<2>"). */
static void append_capability(GString *to, const char *name)
{
    const char *text = capability(name);

    while (text && *text) {
        const char *end = g_str_has_prefix(text, "$<") ? strchr(text, '>') : NULL;

        if (end)
            text = end + 1;
        else
            g_string_append_c(to, *text++);
    }
}

static char *restore_bytes(const struct term *t)
{
    GString *bytes = g_string_new(NULL);

    if (t->ansi)
        g_string_append(bytes, "\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?2004l");
    append_capability(bytes, "sgr0");
    append_capability(bytes, "rmkx");
    append_capability(bytes, "cnorm");
    if (capability("rmcup"))
        append_capability(bytes, "rmcup");
    else
        g_string_append(bytes, t->ansi ? "\033[999;1H\r\n" : "\r\n");
    return g_string_free(bytes, FALSE);
}

/* Control keys are keys, except the one that ends a program that does not answer (^\). */
static void take_keys(void)
{
    struct termios settings;

    cbreak();
    noecho();
    nonl();
    if (tcgetattr(STDOUT_FILENO, &settings) == 0) {
        settings.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
        settings.c_lflag &= ~(tcflag_t)IEXTEN;
        settings.c_cc[VINTR] = settings.c_cc[VSUSP] = _POSIX_VDISABLE;
        tcsetattr(STDOUT_FILENO, TCSADRAIN, &settings);
        def_prog_mode();
    }
    set_escdelay(25);
    keypad(stdscr, TRUE);
    meta(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    typeahead(-1); /* a frame is sent whole */
    mouseinterval(0);
}

static void take_colors(struct term *t)
{
    t->depth = theme_depth(tigetnum("colors"), g_getenv("NO_COLOR"));
    if (t->depth == DEPTH_MONO)
        return;
    if (start_color() != OK)
        t->depth = DEPTH_MONO;
    else
        t->default_colors = use_default_colors() == OK;
}

/* UTF-8 glyphs, where the locale has them one column wide and the terminal's font has them at all.
 */
static bool wants_ascii(const struct term *t, const struct term_options *options)
{
    return options->ascii || !t->utf8 || wcwidth(0x2588) != 1 || wcwidth(0x2500) != 1 ||
           g_strcmp0(g_getenv("TERM"), "linux") == 0;
}

/* After newterm, whose own handlers are not safe. */
static int take_signals(void)
{
    static const int queued[] = {SIGWINCH, SIGINT, SIGTSTP, SIGCONT};
    sigset_t set;

    sigemptyset(&set);
    for (gsize i = 0; i < G_N_ELEMENTS(queued); i++) {
        sigaddset(&set, queued[i]);
        signal(queued[i], SIG_DFL);
    }
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    restore_install();
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void sync_size(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
}

struct term *term_open(const struct term_options *options, GError **error)
{
    struct termios settings = {0};
    struct term *t;
    SCREEN *screen;
    char *bytes;

    tcgetattr(STDOUT_FILENO, &settings);
    screen = open_screen(error);
    if (!screen)
        return NULL;
    t = g_new0(struct term, 1);
    t->screen = screen;
    t->ansi = g_str_has_prefix(capability("cup"), "\033[");
    t->utf8 = g_strcmp0(nl_langinfo(CODESET), "UTF-8") == 0;
    t->light = options->light;
    t->ascii = wants_ascii(t, options);
    bytes = restore_bytes(t);
    restore_arm(STDOUT_FILENO, &settings, bytes);
    g_free(bytes);
    t->signal_fd = take_signals();
    take_keys();
    take_colors(t);
    sync_size();
    term_mouse(t, options->mouse);
    return t;
}

void term_close(struct term *t)
{
    if (!t)
        return;
    endwin();
    restore_disarm(); /* endwin did it; twice would move the cursor */
    delscreen(t->screen);
    close(t->signal_fd);
    g_free(t);
}

void term_size(const struct term *t, int *rows, int *cols)
{
    (void)t;
    *rows = LINES;
    *cols = COLS;
}

bool term_ascii(const struct term *t)
{
    return t->ascii;
}

enum depth term_depth(const struct term *t)
{
    return t->depth;
}

static attr_t curses_attrs(unsigned char attrs)
{
    attr_t on = A_NORMAL;

    on |= attrs & ATTR_BOLD ? A_BOLD : 0;
    on |= attrs & ATTR_REVERSE ? A_REVERSE : 0;
    return on | (attrs & ATTR_UNDERLINE ? A_UNDERLINE : 0);
}

/* alloc_pair fails, and the cell would vanish, for a colour that is not there. */
static int pair_of(const struct term *t, struct shade shade)
{
    int fg = MIN(shade.fg, COLORS - 1), bg = MIN(shade.bg, COLORS - 1), pair;

    if (t->depth == DEPTH_MONO || (fg < 0 && bg < 0))
        return 0;
    if (!t->default_colors) {
        fg = fg < 0 ? COLOR_WHITE : fg;
        bg = bg < 0 ? COLOR_BLACK : bg;
    }
    pair = alloc_pair(fg, bg);
    return MAX(pair, 0);
}

/* The grid stands even where the C library thinks otherwise about a character's width. */
static gunichar agreed(const struct cell *cell, int width)
{
    return wcwidth((wchar_t)cell->ch) == width ? cell->ch : '?';
}

static void show_cell(const struct term *t, int row, int col, const struct cell *cell, int width)
{
    struct shade shade = theme_shade(t->depth, t->light, cell->style);
    wchar_t text[CELL_COMBINING + 2] = {(wchar_t)agreed(cell, width)};
    int pair = pair_of(t, shade);
    cchar_t curses_cell;

    for (int i = 0; i < CELL_COMBINING && cell->combining[i] && text[0] == (wchar_t)cell->ch; i++)
        if (wcwidth((wchar_t)cell->combining[i]) == 0)
            text[1 + (int)wcslen(text + 1)] = (wchar_t)cell->combining[i];
    if (setcchar(&curses_cell, text, curses_attrs(shade.attrs), 0, &pair) == OK)
        mvadd_wch(row, col, &curses_cell);
}

void term_show(struct term *t, const struct canvas *c)
{
    int rows = MIN(c->rows, LINES), cols = MIN(c->cols, COLS);

    erase();
    for (int row = 0; row < rows; row++) {
        const struct cell *cells = &c->cells[(gsize)row * (gsize)c->cols];

        for (int col = 0; col < cols; col++)
            if (cells[col].ch)
                show_cell(t, row, col, &cells[col],
                          col + 1 < c->cols && !cells[col + 1].ch ? 2 : 1);
    }
    if (c->cursor_row >= 0 && c->cursor_row < rows && c->cursor_col < cols) {
        move(c->cursor_row, c->cursor_col);
        curs_set(1);
    } else {
        curs_set(0);
    }
    refresh();
}

void term_redraw(struct term *t)
{
    (void)t;
    clearok(curscr, TRUE);
}

/* The modes may be anybody's after a stop. */
static void take_again(struct term *t)
{
    restore_rearm();
    reset_prog_mode();
    sync_size();
    clearok(curscr, TRUE);
    refresh();
    term_mouse(t, t->mouse);
}

static gunichar signal_key(struct term *t)
{
    struct signalfd_siginfo info;

    if (read(t->signal_fd, &info, sizeof info) != sizeof info)
        return KEY_NONE_PRESSED;
    switch (info.ssi_signo) {
    case SIGINT:
        return KEY_CTRL('c');
    case SIGTSTP:
        return KEY_CTRL('z');
    case SIGCONT: /* stopped by others, who left our modes on */
        endwin();
        take_again(t);
        return KEY_SIZE_CHANGED;
    default:
        sync_size();
        return KEY_SIZE_CHANGED;
    }
}

static gunichar mouse_key(int *row, int *col)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return KEY_NONE_PRESSED;
    *row = event.y;
    *col = event.x;
    if (event.bstate & BUTTON1_PRESSED)
        return KEY_MOUSE_CLICK;
    if (event.bstate & BUTTON4_PRESSED)
        return KEY_WHEEL_UP;
    return event.bstate & BUTTON5_PRESSED ? KEY_WHEEL_DOWN : KEY_NONE_PRESSED;
}

static gunichar special_key(int code)
{
    static const struct {
        int code;
        gunichar key;
    } keys[] = {
        {KEY_UP, KEY_ARROW_UP},       {KEY_DOWN, KEY_ARROW_DOWN},  {KEY_LEFT, KEY_ARROW_LEFT},
        {KEY_RIGHT, KEY_ARROW_RIGHT}, {KEY_PPAGE, KEY_PAGE_UP},    {KEY_NPAGE, KEY_PAGE_DOWN},
        {KEY_HOME, KEY_GO_HOME},      {KEY_FIND, KEY_GO_HOME},     {KEY_END, KEY_GO_END},
        {KEY_SELECT, KEY_GO_END},     {KEY_BACKSPACE, KEY_RUBOUT}, {KEY_ENTER, KEY_RETURN},
        {KEY_F(1), KEY_FUNCTION_1},   {KEY_BTAB, KEY_BACK_TAB},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].code == code)
            return keys[i].key;
    return KEY_NONE_PRESSED;
}

/* Characters come byte by byte, perhaps in several reads. */
static gunichar byte_key(struct term *t, int byte)
{
    gunichar c;

    if (byte < 0x80) {
        t->n_partial = 0;
        return byte == 0x7f || byte == '\b' ? KEY_RUBOUT : (gunichar)byte;
    }
    if (!t->utf8)
        return KEY_NONE_PRESSED;
    t->partial[t->n_partial++] = (char)byte;
    c = g_utf8_get_char_validated(t->partial, (gssize)t->n_partial);
    if (c == (gunichar)-2 && t->n_partial < sizeof t->partial)
        return KEY_NONE_PRESSED;
    t->n_partial = 0;
    return c == (gunichar)-1 || c == (gunichar)-2 ? KEY_NONE_PRESSED : c;
}

gunichar term_read(struct term *t, int *mouse_row, int *mouse_col)
{
    gunichar key = signal_key(t);
    int code;

    while (key == KEY_NONE_PRESSED && (code = getch()) != ERR) {
        if (code == KEY_MOUSE)
            key = mouse_key(mouse_row, mouse_col);
        else if (code > 0xff)
            key = special_key(code);
        else if (code > 0)
            key = byte_key(t, code);
    }
    return key;
}

int term_fd(const struct term *t)
{
    (void)t;
    return STDIN_FILENO;
}

int term_signal_fd(const struct term *t)
{
    return t->signal_fd;
}

bool term_lost(const struct term *t)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    int waiting = 0;

    (void)t;
    if (poll(&fd, 1, 0) <= 0)
        return false;
    if (fd.revents & (POLLHUP | POLLERR | POLLNVAL))
        return true;
    /* Readable with nothing to read: the end of the input. */
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) < 0 || waiting == 0;
}

void term_suspend(struct term *t)
{
    static const struct timespec at_once;
    sigset_t stop, go_on;

    endwin();
    restore_disarm();
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigemptyset(&go_on);
    sigaddset(&go_on, SIGCONT);
    kill(0, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &stop, NULL); /* stops here */
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    sigtimedwait(&go_on, NULL, &at_once); /* ours: not to be taken for a stop by others */
    take_again(t);
}

void term_mouse(struct term *t, bool on)
{
    t->mouse = on;
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

bool term_has_mouse(const struct term *t)
{
    return t->mouse;
}

bool term_clipboard(struct term *t, const char *text)
{
    char *encoded, *sequence;
    gsize left, done = 0;

    if (!t->ansi || !capability("rmcup"))
        return false;
    encoded = g_base64_encode((const guchar *)text, strlen(text));
    sequence = g_strdup_printf("\033]52;c;%s\a", encoded);
    left = strlen(sequence);
    while (left) {
        ssize_t n = write(STDOUT_FILENO, sequence + done, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (gsize)n;
        left -= (gsize)n;
    }
    g_free(sequence);
    g_free(encoded);
    return !left;
}
