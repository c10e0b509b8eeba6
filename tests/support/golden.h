/* Screens kept as text files in tests/screens, to be compared cell by cell.
 *
 * A file holds the screen's rows, then (if asked for) a line "styles" and one letter a
 * cell for its colours and attributes, then what each letter means. What depends on time is masked
 * on both sides by golden_mask. TARE_GOLDEN=write in the environment writes the files anew. */
#ifndef TARE_TESTS_GOLDEN_H
#define TARE_TESTS_GOLDEN_H

#include "tests/support/pty_screen.h"

/* A screen as its file has it. */
char *golden_text(const struct pty *p, bool styles);
/* A time with its unit becomes "# s", a rate "# B/s", the version '#'; the blanks around, that only
 * keep a column, become one. */
char *golden_mask(const char *text);
/* Waits until the screen is the one in <folder>/<name>.txt; fails the Check test, printing both
 * line by line, if it does not come. */
void golden_expect(struct pty *p, const char *folder, const char *name, bool styles);

#endif
