/* JSON walked in place, for files too large to make a tree of: a tokenizer has a million values of
 * which the vocabulary alone is wanted.
 *
 * The caller knows the shape it looks for and asks step by step; whatever it does not ask for is
 * skipped without being looked into, and without recursion. What is not JSON, or nested deeper than
 * LIMIT_JSON_DEPTH, sets `wrong`, and from then on every call says "nothing here". */
#ifndef TARE_IO_JSON_SCAN_H
#define TARE_IO_JSON_SCAN_H

#include <glib.h>
#include <stdbool.h>

struct json_scan {
    const char *at, *end;
    bool wrong;
};

void json_scan_init(struct json_scan *s, const char *text, gsize bytes);
/* The first character of the value that comes next: '{', '[', '"', a digit or sign, a letter; 0:
 * none. */
char json_scan_peek(struct json_scan *s);

/* Into the object or list that comes next; false: something else does. */
bool json_scan_enter(struct json_scan *s, char bracket);
/* The next member's name, its value comes next; false: the object has ended, or is wrong. */
bool json_scan_member(struct json_scan *s, GString *name);
/* An element comes next; false: the list has ended, or is wrong. */
bool json_scan_element(struct json_scan *s);

/* The value that comes next, if it is of that kind; false otherwise, and it still comes next. */
bool json_scan_text(struct json_scan *s, GString *out);
bool json_scan_number(struct json_scan *s, double *out);
bool json_scan_flag(struct json_scan *s, bool *out);
/* Past the value that comes next; its text is [returned, s->at). NULL: there is none. */
const char *json_scan_skip(struct json_scan *s);

#endif
