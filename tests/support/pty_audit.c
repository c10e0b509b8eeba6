#include "tests/support/pty_audit.h"

#include <string.h>
#include <vterm.h>

struct pty_audit {
    VTerm *parser;
    bool utf8;
    GByteArray *bytes;
    GString *text;
    GHashTable *modes; /* private modes that are on */
    guint controls[256];
    guint strings, colours;
    bool shifted;      /* SO without SI after it */
    bool line_drawing; /* G0 is the drawing set */
    bool keypad;       /* application keypad */
};

static bool is_control(const struct pty_audit *a, unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f || (!a->utf8 && byte >= 0x80 && byte < 0xa0);
}

static int on_text(const char *bytes, size_t n, void *user)
{
    struct pty_audit *a = user;
    size_t taken = 0;

    /* The parser hands over all that is left of its input, controls too. */
    while (taken < n && !is_control(a, (unsigned char)bytes[taken]))
        taken++;
    g_string_append_len(a->text, bytes, (gssize)taken);
    return (int)taken;
}

static int on_control(unsigned char control, void *user)
{
    struct pty_audit *a = user;

    a->controls[control]++;
    if (control == 0x0e || control == 0x0f)
        a->shifted = control == 0x0e;
    return 1;
}

static int on_escape(const char *bytes, size_t n, void *user)
{
    struct pty_audit *a = user;

    if (n == 2 && bytes[0] == '(')
        a->line_drawing = bytes[1] == '0';
    if (n == 1 && (bytes[0] == '=' || bytes[0] == '>'))
        a->keypad = bytes[0] == '=';
    return 1;
}

static bool sets_colour(long arg)
{
    return (arg >= 30 && arg <= 38) || (arg >= 40 && arg <= 48) || (arg >= 90 && arg <= 97) ||
           (arg >= 100 && arg <= 107);
}

static int on_csi(const char *leader, const long args[], int n, const char *intermed, char command,
                  void *user)
{
    struct pty_audit *a = user;

    if (leader && leader[0] == '?' && (command == 'h' || command == 'l')) {
        for (int i = 0; i < n; i++) {
            gpointer mode = GINT_TO_POINTER((int)CSI_ARG(args[i]));
            if (command == 'h')
                g_hash_table_add(a->modes, mode);
            else
                g_hash_table_remove(a->modes, mode);
        }
    } else if (command == 'm' && !(leader && leader[0]) && !(intermed && intermed[0])) {
        for (int i = 0; i < n; i++) {
            if (sets_colour((long)CSI_ARG(args[i]))) {
                a->colours++;
                break;
            }
        }
    }
    return 1;
}

static int on_string(const char *command, size_t n, void *user)
{
    (void)command;
    (void)n;
    ((struct pty_audit *)user)->strings++;
    return 1;
}

struct pty_audit *pty_audit_create(bool utf8)
{
    static const VTermParserCallbacks callbacks = {.text = on_text,
                                                   .control = on_control,
                                                   .escape = on_escape,
                                                   .csi = on_csi,
                                                   .osc = on_string,
                                                   .dcs = on_string};
    struct pty_audit *a = g_new0(struct pty_audit, 1);

    a->parser = vterm_new(1, 1);
    a->utf8 = utf8;
    vterm_set_utf8(a->parser, utf8);
    vterm_parser_set_callbacks(a->parser, &callbacks, a);
    a->bytes = g_byte_array_new();
    a->text = g_string_new(NULL);
    a->modes = g_hash_table_new(NULL, NULL);
    return a;
}

void pty_audit_destroy(struct pty_audit *a)
{
    if (!a)
        return;
    vterm_free(a->parser);
    g_byte_array_unref(a->bytes);
    g_string_free(a->text, TRUE);
    g_hash_table_unref(a->modes);
    g_free(a);
}

void pty_audit_feed(struct pty_audit *a, const char *bytes, gsize n)
{
    g_byte_array_append(a->bytes, (const guint8 *)bytes, (guint)n);
    vterm_input_write(a->parser, bytes, n);
}

const GByteArray *pty_audit_bytes(const struct pty_audit *a)
{
    return a->bytes;
}

const char *pty_audit_text(const struct pty_audit *a)
{
    return a->text->str;
}

guint pty_audit_control(const struct pty_audit *a, unsigned char byte)
{
    return a->controls[byte];
}

guint pty_audit_strings(const struct pty_audit *a)
{
    return a->strings;
}

guint pty_audit_colours(const struct pty_audit *a)
{
    return a->colours;
}

bool pty_audit_mode(const struct pty_audit *a, int mode)
{
    return g_hash_table_contains(a->modes, GINT_TO_POINTER(mode));
}

char *pty_audit_left_on(const struct pty_audit *a)
{
    /* cursor keys, X10 mouse, old and new alternate screen, mouse reports, focus, paste, sync */
    static const int modes[] = {1,    9,    47,   1000, 1001, 1002, 1003, 1004,
                                1005, 1006, 1015, 1047, 1049, 2004, 2026};

    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (pty_audit_mode(a, modes[i]))
            return g_strdup_printf("private mode %d is still on", modes[i]);
    }
    if (a->line_drawing || a->shifted)
        return g_strdup("line drawing is still on");
    if (a->keypad)
        return g_strdup("the application keypad is still on");
    return NULL;
}
