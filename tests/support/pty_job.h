/* A program as the foreground job of a session on a pseudo terminal, the way a shell would run it.
 *
 * A supervisor process leads the session: so the program can be stopped (the job of a session
 * leader can't), hang-ups are passed on, and the kernel does not reset the terminal's settings when
 * the program ends, which would hide that the program left them changed. Tests only; one thread. */
#ifndef TARE_TESTS_PTY_JOB_H
#define TARE_TESTS_PTY_JOB_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct pty_options {
    const char *const *argv; /* NULL-terminated, argv[0] a path */
    const char *const
        *env; /* "NAME=value" over the defaults of pty_job_start, "NAME" unsets; may be NULL */
    const char *cwd;    /* NULL: the test's own */
    const char *input;  /* file for stdin, NULL: the terminal */
    const char *output; /* file for stdout, NULL: the terminal */
    int rows, cols;     /* 0: 24 x 80 */
    bool nohup;         /* as under nohup: hang-ups don't reach the program */
    bool bytes;         /* the terminal does not speak UTF-8 */
};

struct pty_job {
    int master, slave, events;
    pid_t supervisor, program;
    bool stopped, ended;
    int status; /* of waitpid, once ended */
    struct termios before;
};

/* Defaults: a clean environment with PATH, HOME (the temporary folder), TERM=xterm-256color,
 * LC_ALL=C.UTF-8, TARE_CPU=scalar, and the sanitizers' options as this process has them. */
void pty_job_start(struct pty_job *job, const struct pty_options *options);
/* Takes in what the supervisor says, if anything; false once it has nothing more to say. */
bool pty_job_event(struct pty_job *job);
/* Kills what is left. */
void pty_job_finish(struct pty_job *job);

#endif
