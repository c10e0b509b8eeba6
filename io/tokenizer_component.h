/* What the readers of a tokenizer's parts share: a part has a type, and a reader for each type. */
#ifndef TARE_IO_TOKENIZER_COMPONENT_H
#define TARE_IO_TOKENIZER_COMPONENT_H

#include "io/json.h"
#include "io/tokenizer_parse.h"

struct component_reader {
    const char *type;
    bool (*read)(JsonObject *o, struct tokenizer_tables *t, GError **error);
};

/* The rows of one part, NULL-terminated by type. */
struct component_table {
    const char *part; /* "normalizer" */
    const struct component_reader *rows;
};

/* The whole part. */
bool component_read(const struct component_table *table, const struct json_part *part,
                    struct tokenizer_tables *t, GError **error);
/* One object of it, and all of a list of them. */
bool component_read_object(const struct component_table *table, JsonObject *o,
                           struct tokenizer_tables *t, GError **error);
bool component_read_list(const struct component_table *table, JsonArray *list,
                         struct tokenizer_tables *t, GError **error);

/* false, "FILE: part of TYPE: what is wrong". */
G_GNUC_PRINTF(4, 5)
bool component_fail(JsonObject *o, const struct tokenizer_tables *t, GError **error,
                    const char *format, ...);
/* A text that is put into texts: present, and not too long; NULL: it has failed. Borrowed. */
const char *component_insert(JsonObject *o, const char *name, const struct tokenizer_tables *t,
                             GError **error);
/* One more of that many steps; false: too many. */
bool component_may_add(const GArray *steps, JsonObject *o, const struct tokenizer_tables *t,
                       GError **error);

#endif
