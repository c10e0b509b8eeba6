/* What a program sent to its terminal, looked at as bytes and sequences rather than as a screen:
 * which control bytes, private modes, colours and system commands came, and all text between. */
#ifndef TARE_TESTS_PTY_AUDIT_H
#define TARE_TESTS_PTY_AUDIT_H

#include <glib.h>
#include <stdbool.h>

struct pty_audit;

struct pty_audit *pty_audit_create(bool utf8);
void pty_audit_destroy(struct pty_audit *a);
void pty_audit_feed(struct pty_audit *a, const char *bytes, gsize n);

/* Everything sent. */
const GByteArray *pty_audit_bytes(const struct pty_audit *a);
/* What is printed, sequences and control bytes left out. */
const char *pty_audit_text(const struct pty_audit *a);
/* Times that control byte (< 0x20, 0x7f, or 0x80..0x9f) came on its own. */
guint pty_audit_control(const struct pty_audit *a, unsigned char byte);
/* OSC and DCS strings; SGR sequences that set a colour. */
guint pty_audit_strings(const struct pty_audit *a);
guint pty_audit_colours(const struct pty_audit *a);
/* The private mode (CSI ? mode h) was set and not reset since. */
bool pty_audit_mode(const struct pty_audit *a, int mode);
/* One that should not survive a program (alternate screen, mouse, paste, line drawing...), as text;
 * NULL if there is none. */
char *pty_audit_left_on(const struct pty_audit *a);

#endif
