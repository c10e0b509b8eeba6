/* The real binary without a terminal: run it, look at what it says. Asserts as Check does. */
#ifndef TARE_TESTS_CLI_H
#define TARE_TESTS_CLI_H

#include <glib.h>

struct cli_run {
    int status; /* -1: ended by a signal, or not at all */
    char *out, *err;
};

/* Of each test's own; emptied at its end. */
extern char *cli_dir;
void cli_make_dir(void);
void cli_remove_dir(void);
/* A file in it; the path is the caller's. */
char *cli_file(const char *name, const char *content, gssize bytes);
/* The path of a fixture; the caller's. */
char *cli_fixture(const char *name);

/* NULL-terminated arguments after the program's name; cpu: TARE_CPU, or NULL; standard output goes
 * to `sink` unless NULL. */
struct cli_run cli_run(const char *cpu, const char *sink, const char *const *args);
void cli_run_free(struct cli_run *r);

/* No byte that moves a cursor, whatever a file holds; the same but for the tabs between fields. */
void cli_check_clean(const char *text);
void cli_check_clean_lines(const char *text);
guint cli_lines_of(const char *text);
/* err: part of the one line on standard error; NULL: nothing there, and something is printed. */
void cli_expect(int status, const char *err, const char *const *args);

#define EXPECT(status, err, ...) cli_expect(status, err, (const char *const[]){__VA_ARGS__, NULL})

#endif
