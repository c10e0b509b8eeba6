#include "tests/support/pty_job.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the supervisor writes into its pipe: the program's pid first, then wait statuses. */
struct event {
    pid_t program;
    int status;
};

static pid_t hangup_group;

static void pass_hangup(int signal)
{
    if (hangup_group > 0)
        kill(-hangup_group, signal);
}

static void redirect(int fd, const char *path, int flags, int terminal)
{
    int from = path ? open(path, flags | O_CLOEXEC, 0600) : terminal;
    if (from < 0 || dup2(from, fd) < 0)
        _exit(126);
}

static G_GNUC_NORETURN void run_program(const struct pty_options *o, char **env, int slave)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* tests crash it on purpose */
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN); /* still in the background while it takes the terminal */
    tcsetpgrp(slave, getpid());
    for (int s = 1; s < 32; s++)
        signal(s, SIG_DFL);
    if (o->nohup)
        signal(SIGHUP, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (o->cwd && chdir(o->cwd) < 0)
        _exit(126);
    redirect(2, NULL, 0, slave);
    redirect(0, o->input, O_RDONLY, slave);
    redirect(1, o->output, O_WRONLY | O_CREAT | O_TRUNC, slave);
    execve(o->argv[0], (char *const *)o->argv, env);
    _exit(127);
}

static void say(int events, pid_t program, int status)
{
    struct event e = {program, status};
    if (write(events, &e, sizeof e) != sizeof e)
        _exit(1);
}

static G_GNUC_NORETURN void supervise(const struct pty_options *o, char **env, int slave,
                                      int events)
{
    struct sigaction hup = {.sa_handler = pass_hangup, .sa_flags = SA_RESTART};
    int status;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    signal(SIGTTOU, SIG_IGN);
    pid_t program = fork();
    if (program == 0)
        run_program(o, env, slave);
    hangup_group = o->nohup ? 0 : program;
    sigaction(SIGHUP, &hup, NULL);
    setpgid(program, program);
    tcsetpgrp(slave, program);
    close(slave);
    say(events, program, 0);
    while (waitpid(program, &status, WUNTRACED | WCONTINUED) == program) {
        say(events, program, status);
        if (WIFEXITED(status) || WIFSIGNALED(status))
            break;
    }
    /* The session stays until the test has looked at the terminal. */
    close(events);
    for (;;)
        pause();
}

static char **environment(const char *const *extra)
{
    static const char *const passed[] = {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                         "TSAN_OPTIONS"};
    char **env = g_new0(char *, 1);

    env = g_environ_setenv(env, "HOME", g_get_tmp_dir(), TRUE);
    env = g_environ_setenv(env, "TERM", "xterm-256color", TRUE);
    env = g_environ_setenv(env, "LC_ALL", "C.UTF-8", TRUE);
    env = g_environ_setenv(env, "TARE_CPU", "scalar", TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(passed); i++) {
        if (g_getenv(passed[i]))
            env = g_environ_setenv(env, passed[i], g_getenv(passed[i]), TRUE);
    }
    for (; extra && *extra; extra++) {
        char **pair = g_strsplit(*extra, "=", 2);
        if (pair[1])
            env = g_environ_setenv(env, pair[0], pair[1], TRUE);
        else
            env = g_environ_unsetenv(env, pair[0]);
        g_strfreev(pair);
    }
    return env;
}

void pty_job_start(struct pty_job *job, const struct pty_options *o)
{
    struct winsize size = {(unsigned short)(o->rows ? o->rows : 24),
                           (unsigned short)(o->cols ? o->cols : 80), 0, 0};
    char **env = environment(o->env);
    int events[2];

    memset(job, 0, sizeof *job);
    if (openpty(&job->master, &job->slave, NULL, NULL, &size) < 0 || pipe(events) < 0)
        g_error("no pseudo terminal: %s", g_strerror(errno));
    for (int i = 0; i < 2; i++)
        fcntl(events[i], F_SETFD, FD_CLOEXEC);
    fcntl(job->master, F_SETFD, FD_CLOEXEC);
    fcntl(job->slave, F_SETFD, FD_CLOEXEC);
    tcgetattr(job->slave, &job->before);
    job->supervisor = fork();
    if (job->supervisor == 0) {
        close(job->master);
        close(events[0]);
        supervise(o, env, job->slave, events[1]);
    }
    close(events[1]);
    g_strfreev(env);
    job->events = events[0];
    fcntl(job->master, F_SETFL, O_NONBLOCK);
    while (job->program == 0 && pty_job_event(job))
        ;
}

bool pty_job_event(struct pty_job *job)
{
    struct event e;

    if (read(job->events, &e, sizeof e) != sizeof e)
        return false;
    if (job->program == 0) {
        job->program = e.program;
        return true;
    }
    job->stopped = WIFSTOPPED(e.status);
    job->ended = WIFEXITED(e.status) || WIFSIGNALED(e.status);
    if (job->ended)
        job->status = e.status;
    return true;
}

void pty_job_finish(struct pty_job *job)
{
    if (!job->ended && job->program > 0)
        kill(-job->program, SIGKILL);
    kill(job->supervisor, SIGKILL);
    waitpid(job->supervisor, NULL, 0);
    if (job->master >= 0)
        close(job->master);
    close(job->slave);
    close(job->events);
}
