#include "tests/support/pty_screen.h"

#include <check.h>
#include <stdio.h>
#include <sys/wait.h>

void pty_dump(const struct pty *p)
{
    const GByteArray *bytes = pty_audit_bytes(pty_audit(p));
    guint from = bytes->len > 400 ? bytes->len - 400 : 0;
    g_autofree char *text = pty_text(p);
    g_autofree char *tail = g_strndup((const char *)bytes->data + from, bytes->len - from);
    g_autofree char *escaped = g_strescape(tail, NULL);

    fprintf(stderr, "---- screen\n%s---- last bytes of %u\n%s\n----\n", text, bytes->len, escaped);
}

static void give_up(const struct pty *p, const char *what, const char *about)
{
    pty_dump(p);
    ck_abort_msg("%s '%s'", what, about);
}

void pty_expect(struct pty *p, const char *text)
{
    if (!pty_wait_text(p, text))
        give_up(p, "did not come:", text);
}

void pty_expect_gone(struct pty *p, const char *text)
{
    if (!pty_wait_gone(p, text))
        give_up(p, "did not go:", text);
}

void pty_expect_exit(struct pty *p, int code)
{
    int status = 0;

    if (!pty_wait_end(p, &status))
        give_up(p, "did not end", "");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code) {
        g_autofree char *said = g_strdup_printf("0x%x, wanted exit %d", (unsigned)status, code);
        give_up(p, "ended with status", said);
    }
}

void pty_expect_signal(struct pty *p, int signal)
{
    int status = 0;

    if (!pty_wait_end(p, &status))
        give_up(p, "did not end", "");
    if (!WIFSIGNALED(status) || WTERMSIG(status) != signal) {
        g_autofree char *said = g_strdup_printf("0x%x, wanted signal %d", (unsigned)status, signal);
        give_up(p, "ended with status", said);
    }
}

void pty_expect_restored(struct pty *p)
{
    g_autofree char *left = pty_not_restored(p);

    if (left)
        give_up(p, "the terminal is not as it was:", left);
}
