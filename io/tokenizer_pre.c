#include <string.h>
#include "core/text/split.h"
#include "io/tokenizer_component.h"
#include "io/tokenizer_steps.h"

/* text: the step's, copied; NULL: none. */
static bool add(const struct split_step *step, const char *text, JsonObject *o,
                struct tokenizer_tables *t, GError **error)
{
    struct split_step copy = *step;

    if (!component_may_add(t->split, o, t, error))
        return false;
    if (t->model.byte_level)
        return component_fail(o, t, error, "comes after ByteLevel, which has to be the last one");
    copy.text = g_strdup(text);
    g_array_append_val(t->split, copy);
    return true;
}

static bool read_byte_level(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const struct split_step step = {
        .kind = &split_byte_level,
        .prefix = json_member_flag(o, "add_prefix_space", TRUE) ? SPLIT_PREFIX_ALWAYS
                                                                : SPLIT_PREFIX_NEVER,
        .pattern = json_member_flag(o, "use_regex", TRUE) ? split_pattern_gpt2() : NULL};

    if (!add(&step, NULL, o, t, error))
        return false;
    t->model.byte_level = true;
    return true;
}

/* "behavior" of a part; false: it has failed. */
static bool read_behaviour(JsonObject *o, enum split_behaviour otherwise,
                           const struct tokenizer_tables *t, enum split_behaviour *out,
                           GError **error)
{
    const char *name = json_member_text(o, "behavior");

    *out = name ? split_behaviour_find(name) : otherwise;
    return *out != SPLIT_BEHAVIOURS ||
           component_fail(o, t, error, "its behavior \"%s\" is not supported", name);
}

static bool read_split_regex(JsonObject *o, const char *regex, enum split_behaviour behaviour,
                             struct tokenizer_tables *t, GError **error)
{
    const struct split_step step = {.kind = &split_by_pattern,
                                    .pattern = split_pattern_find(regex)};
    bool invert = json_member_flag(o, "invert", FALSE);

    if (!step.pattern)
        return component_fail(o, t, error, "its pattern is not supported: %s", regex);
    /* These patterns leave nothing between their matches. */
    if (behaviour != SPLIT_ISOLATED && !(behaviour == SPLIT_REMOVED && invert))
        return component_fail(o, t, error, "its behavior is not supported with this pattern: %s",
                              regex);
    return add(&step, NULL, o, t, error);
}

static bool read_split(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    JsonObject *pattern = json_member_object(o, "pattern");
    const char *regex = json_member_text(pattern, "Regex");
    const char *text = json_member_text(pattern, "String");
    struct split_step step = {.kind = &split_by_text};

    if (!read_behaviour(o, SPLIT_BEHAVIOURS, t, &step.behaviour, error))
        return false;
    if (regex)
        return read_split_regex(o, regex, step.behaviour, t, error);
    if (!text || !*text || json_member_flag(o, "invert", FALSE))
        return component_fail(o, t, error, "it has no pattern, or is inverted");
    return add(&step, text, o, t, error);
}

static bool read_digits(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const struct split_step step = {.kind = &split_digits,
                                    .behaviour = json_member_flag(o, "individual_digits", FALSE)
                                                     ? SPLIT_ISOLATED
                                                     : SPLIT_CONTIGUOUS};

    return add(&step, NULL, o, t, error);
}

static bool read_punctuation(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    struct split_step step = {.kind = &split_punctuation};

    return read_behaviour(o, SPLIT_ISOLATED, t, &step.behaviour, error) &&
           add(&step, NULL, o, t, error);
}

static bool read_delimiter(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const struct split_step step = {.kind = &split_by_text, .behaviour = SPLIT_REMOVED};
    const char *text = json_member_text(o, "delimiter");

    if (!text || !*text)
        return component_fail(o, t, error, "it has no delimiter");
    return add(&step, text, o, t, error);
}

static bool read_bert(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add(&(struct split_step){.kind = &split_bert}, NULL, o, t, error);
}

static bool read_words(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add(&(struct split_step){.kind = &split_words}, NULL, o, t, error);
}

static bool read_spaces(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return add(&(struct split_step){.kind = &split_spaces}, NULL, o, t, error);
}

/* Files before there were schemes say add_prefix_space alone. */
static bool read_metaspace(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const char *scheme = json_member_text(o, "prepend_scheme");
    const char *mark = component_insert(o, "replacement", t, error);
    struct split_step step = {.kind = &split_metaspace,
                              .whole = !json_member_flag(o, "split", TRUE)};

    if (!mark)
        return false;
    if (!scheme)
        scheme = json_member_flag(o, "add_prefix_space", TRUE) ? "always" : "never";
    step.prefix = strcmp(scheme, "first") == 0   ? SPLIT_PREFIX_FIRST
                  : strcmp(scheme, "never") == 0 ? SPLIT_PREFIX_NEVER
                                                 : SPLIT_PREFIX_ALWAYS;
    if (step.prefix == SPLIT_PREFIX_ALWAYS && strcmp(scheme, "always") != 0)
        return component_fail(o, t, error, "its prepend_scheme \"%s\" is not supported", scheme);
    return add(&step, mark, o, t, error);
}

static bool read_sequence(JsonObject *o, struct tokenizer_tables *t, GError **error);

static const struct component_reader rows[] = {{"ByteLevel", read_byte_level},
                                               {"Split", read_split},
                                               {"Digits", read_digits},
                                               {"BertPreTokenizer", read_bert},
                                               {"Whitespace", read_words},
                                               {"WhitespaceSplit", read_spaces},
                                               {"Metaspace", read_metaspace},
                                               {"Punctuation", read_punctuation},
                                               {"CharDelimiterSplit", read_delimiter},
                                               {"Sequence", read_sequence},
                                               {NULL, NULL}};
static const struct component_table table = {"pre_tokenizer", rows};

static bool read_sequence(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return component_read_list(&table, json_member_list(o, "pretokenizers"), t, error);
}

bool tokenizer_read_pre_tokenizer(const struct json_part *part, struct tokenizer_tables *t,
                                  GError **error)
{
    return component_read(&table, part, t, error);
}
