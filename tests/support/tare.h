/* The program under test: where it is, its fixtures, a folder to run it in. */
#ifndef TARE_TESTS_TARE_H
#define TARE_TESTS_TARE_H

#include "tests/support/pty_screen.h"

/* Starts the program (TARE_PROGRAM in the environment) with these arguments, NULL-terminated, in a
 * terminal as `with` says (its argv is not looked at; NULL: all defaults). */
struct pty *tare_start(const struct pty_options *with, ...) G_GNUC_NULL_TERMINATED;
/* The path of a fixture. */
char *tare_fixture(const char *name);

/* A new empty folder; removed with all in it. */
char *tare_folder_create(void);
void tare_folder_remove(char *folder);
/* A copy of a fixture in the folder; its path. */
char *tare_folder_copy(const char *folder, const char *fixture, const char *name);
/* A model of that many million float32 zeros that takes no room on the disk: something that takes
 * time to scan. */
char *tare_folder_sparse(const char *folder, const char *name, unsigned millions);

#endif
