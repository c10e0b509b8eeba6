/* JSON from files nobody vouches for: bounded before json-glib sees it, typed getters after.
 *
 * json-glib recurses by nesting and spends some hundred bytes a value, so depth and number of
 * values are checked first (io/limits.h). The getters never complain about a missing or mistyped
 * member. */
#ifndef TARE_IO_JSON_H
#define TARE_IO_JSON_H

#include <json-glib/json-glib.h>

/* A parser that owns the tree, unref'd by the caller, or NULL; the message has no file name. */
JsonParser *json_parse_bounded(const char *text, gsize bytes, GError **error);

/* The tree itself if it is an object; NULL otherwise. parser may be NULL. */
JsonObject *json_root_object(JsonParser *parser);

/* Member of an object if it has that type; NULL otherwise. object may be NULL. */
const char *json_member_text(JsonObject *object, const char *name);
JsonObject *json_member_object(JsonObject *object, const char *name);
JsonArray *json_member_list(JsonObject *object, const char *name);
gboolean json_member_flag(JsonObject *object, const char *name, gboolean otherwise);
/* FALSE: it is no number. */
gboolean json_member_number(JsonObject *object, const char *name, double *out);

/* Element of a list if it has that type; NULL otherwise. list may be NULL. */
JsonObject *json_element_object(JsonArray *list, guint i);
const char *json_element_text(JsonArray *list, guint i);

#endif
