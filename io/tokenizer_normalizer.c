#include <string.h>
#include "core/text/normalize.h"
#include "io/tokenizer_component.h"
#include "io/tokenizer_steps.h"

static bool add(const struct normal_step *step, JsonObject *o, struct tokenizer_tables *t,
                GError **error)
{
    if (!component_may_add(t->normal, o, t, error))
        return false;
    g_array_append_val(t->normal, *step);
    return true;
}

static bool add_kind(const struct normal_kind *kind, JsonObject *o, struct tokenizer_tables *t,
                     GError **error)
{
    return add(&(struct normal_step){.kind = kind}, o, t, error);
}

/* Accents go as letters are made small, unless it says. */
static bool read_bert(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    bool low = json_member_flag(o, "lowercase", TRUE);

    return (!json_member_flag(o, "clean_text", TRUE) || add_kind(&normal_clean, o, t, error)) &&
           (!json_member_flag(o, "handle_chinese_chars", TRUE) ||
            add_kind(&normal_space_cjk, o, t, error)) &&
           (!json_member_flag(o, "strip_accents", low) ||
            add_kind(&normal_bert_accents, o, t, error)) &&
           (!low || add_kind(&normal_lowercase, o, t, error));
}

static bool read_nfc(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add_kind(&normal_nfc, o, t, error);
}

static bool read_nfd(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add_kind(&normal_nfd, o, t, error);
}

static bool read_nfkc(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add_kind(&normal_nfkc, o, t, error);
}

static bool read_nfkd(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add_kind(&normal_nfkd, o, t, error);
}

static bool read_lowercase(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add_kind(&normal_lowercase, o, t, error);
}

static bool read_strip_accents(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add_kind(&normal_strip_accents, o, t, error);
}

static bool read_strip(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const struct normal_step step = {.kind = &normal_strip,
                                     .left = json_member_flag(o, "strip_left", TRUE),
                                     .right = json_member_flag(o, "strip_right", TRUE)};

    return add(&step, o, t, error);
}

static bool read_prepend(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const char *text = component_insert(o, "prepend", t, error);
    struct normal_step step = {.kind = &normal_prepend};

    if (!text || !component_may_add(t->normal, o, t, error))
        return false;
    step.to = g_strdup(text);
    return add(&step, o, t, error);
}

static bool read_replace(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const char *to = component_insert(o, "content", t, error);
    JsonObject *pattern = json_member_object(o, "pattern");
    const char *from = json_member_text(pattern, "String");
    struct normal_step step = {.kind = &normal_replace};

    if (!to || !component_may_add(t->normal, o, t, error))
        return false;
    if (!from)
        return component_fail(
            o, t, error, "replaces what matches \"%s\": only plain text can be",
            json_member_text(pattern, "Regex") ? json_member_text(pattern, "Regex") : "(nothing)");
    step.from = g_strdup(from);
    step.to = g_strdup(to);
    return add(&step, o, t, error);
}

static bool read_sequence(JsonObject *o, struct tokenizer_tables *t, GError **error);

static const struct component_reader rows[] = {{"BertNormalizer", read_bert},
                                               {"NFC", read_nfc},
                                               {"NFD", read_nfd},
                                               {"NFKC", read_nfkc},
                                               {"NFKD", read_nfkd},
                                               {"Lowercase", read_lowercase},
                                               {"StripAccents", read_strip_accents},
                                               {"Strip", read_strip},
                                               {"Prepend", read_prepend},
                                               {"Replace", read_replace},
                                               {"Sequence", read_sequence},
                                               {NULL, NULL}};
static const struct component_table table = {"normalizer", rows};

static bool read_sequence(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return component_read_list(&table, json_member_list(o, "normalizers"), t, error);
}

bool tokenizer_read_normalizer(const struct json_part *part, struct tokenizer_tables *t,
                               GError **error)
{
    return component_read(&table, part, t, error);
}
